//! AWS's event-stream frames, cut out of bytes that arrive in any pieces.

use std::collections::VecDeque;

use aws_smithy_eventstream::frame::read_message_from;
use bytes::{Buf as _, Bytes, BytesMut};
use inference::{ErrorKind, ModelError};

use crate::decode::Framing;

/// The most bytes of a frame; botocore, too, takes no more of a payload.
const LARGEST: usize = 24 << 20;
/// The fewest: two lengths and two checksums.
const SMALLEST: usize = 16;

/// A frame: an event or an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What kind of thing it is.
    pub kind: Kind,
    /// Which of its kind, such as `contentBlockDelta` or `throttlingException`.
    pub name: String,
    /// The JSON in it; of an error without a shape, its message.
    pub payload: Bytes,
}

/// Whether a frame is part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is.
    Event,
    /// It ends the answer.
    Exception,
}

/// Cuts frames out of bytes, their checksums proven.
#[derive(Debug, Default)]
pub struct FrameReader {
    bytes: BytesMut,
}

impl FrameReader {
    /// A reader of a stream that has not begun.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Framing for FrameReader {
    type Frame = Frame;

    fn push(&mut self, bytes: &[u8], frames: &mut VecDeque<Frame>) -> Result<(), ModelError> {
        self.bytes.extend_from_slice(bytes);
        while self.bytes.len() >= size_of::<u32>() {
            // The length is believed before its checksum is proven, but never beyond what we are ready to hold.
            let length = usize::try_from((&self.bytes[..]).get_u32()).unwrap_or(usize::MAX);
            if !(SMALLEST..=LARGEST).contains(&length) {
                return Err(malformed(&format!("a frame of {length} bytes")));
            }
            if self.bytes.len() < length {
                break;
            }
            frames.extend(read(self.bytes.split_to(length).freeze())?);
        }
        Ok(())
    }

    fn finish(&mut self, _frames: &mut VecDeque<Frame>) -> Result<(), ModelError> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        Err(ModelError::new(ErrorKind::Unavailable, "the provider ended its answer in the middle of a frame"))
    }
}

/// A whole frame understood; `None` if it is of a kind that says nothing to us.
fn read(bytes: Bytes) -> Result<Option<Frame>, ModelError> {
    let message = read_message_from(bytes).map_err(|error| malformed("a broken frame").because(error))?;
    let header = |wanted: &str| {
        let header = message.headers().iter().find(|header| header.name().as_str() == wanted)?;
        header.value().as_string().ok().map(|text| text.as_str().to_owned())
    };
    let (kind, name, payload) = match header(":message-type").as_deref() {
        Some("event") => (Kind::Event, header(":event-type"), message.payload().clone()),
        Some("exception") => (Kind::Exception, header(":exception-type"), message.payload().clone()),
        Some("error") => {
            let said = header(":error-message").unwrap_or_default();
            (Kind::Exception, header(":error-code"), Bytes::from(said))
        }
        _ => return Ok(None),
    };
    let name = name.ok_or_else(|| malformed("a frame without a name"))?;
    Ok(Some(Frame { kind, name, payload }))
}

fn malformed(what: &str) -> ModelError {
    ModelError::new(ErrorKind::Malformed, format!("it sent {what}"))
}
