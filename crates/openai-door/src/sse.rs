//! Answers as server-sent events.

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use inference::{BlockStart, Delta, ErrorKind, Event, Events, ModelError};
use serde::Serialize;
use stdx::ByteStream;

/// Writes an answer's events in one of the API's ways.
///
/// The calls come in the order of [`Events`]: what does not, never arrives here.
pub(crate) trait Encode: Send + 'static {
    /// The answer begins.
    fn begin(&mut self, out: &mut Frames);
    /// The answer goes on. An error is one of the model's, and the end.
    fn event(&mut self, event: Event, out: &mut Frames) -> Result<(), ModelError>;
    /// The answer is complete.
    fn end(&mut self, out: &mut Frames);
    /// The answer broke off.
    fn fail(&mut self, error: &ModelError, out: &mut Frames);
}

/// Frames that are ready to be sent.
#[derive(Debug, Default)]
pub(crate) struct Frames(Vec<u8>);

impl Frames {
    /// A frame with a document.
    pub(crate) fn data(&mut self, document: &impl Serialize) {
        self.0.extend_from_slice(b"data: ");
        // A document on one line: JSON escapes line breaks inside of texts.
        serde_json::to_writer(&mut self.0, document).expect("memory takes a document with text keys");
        self.0.extend_from_slice(b"\n\n");
    }

    /// A frame with a document, and the name of what it tells.
    pub(crate) fn named(&mut self, name: &str, document: &impl Serialize) {
        self.0.extend_from_slice(b"event: ");
        self.0.extend_from_slice(name.as_bytes());
        self.0.push(b'\n');
        self.data(document);
    }

    /// The frame that ends a stream of chat completions.
    pub(crate) fn done(&mut self) {
        self.0.extend_from_slice(b"data: [DONE]\n\n");
    }
}

/// The events as they come, each written at once. Dropping the stream drops the call.
pub(crate) fn stream(events: Events, encoder: impl Encode) -> ByteStream {
    let state = State { events, encoder, order: Order::default(), over: false };
    ByteStream::new(stream::unfold(state, |mut state| async move {
        let frames = state.next().await?;
        Some((Ok(frames), state))
    }))
}

struct State<E> {
    events: Events,
    encoder: E,
    order: Order,
    over: bool,
}

impl<E: Encode> State<E> {
    /// The next bytes; none once everything is said.
    async fn next(&mut self) -> Option<Bytes> {
        while !self.over {
            let mut out = Frames::default();
            let event = self.events.next().await;
            if let Err(error) = self.take(event, &mut out) {
                self.over = true;
                self.encoder.fail(&error, &mut out);
            }
            if !out.0.is_empty() {
                return Some(out.0.into());
            }
        }
        None
    }

    fn take(&mut self, event: Option<Result<Event, ModelError>>, out: &mut Frames) -> Result<(), ModelError> {
        let event = event.transpose()?;
        if !std::mem::replace(&mut self.order.begun, true) {
            self.encoder.begin(out);
        }
        let Some(event) = event else {
            self.order.end()?;
            self.over = true;
            self.encoder.end(out);
            return Ok(());
        };
        self.order.admit(&event)?;
        self.encoder.event(event, out)
    }
}

/// Whether events come in their order.
#[derive(Default)]
struct Order {
    begun: bool,
    open: Option<(usize, Kind)>,
    stopped: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Reasoning,
    Tool,
}

impl Order {
    fn admit(&mut self, event: &Event) -> Result<(), ModelError> {
        let fits = match event {
            Event::Start => !self.stopped && self.open.is_none(),
            Event::BlockStart { index, block } => {
                let kind = match block {
                    BlockStart::Text => Kind::Text,
                    BlockStart::Reasoning => Kind::Reasoning,
                    BlockStart::ToolUse { .. } => Kind::Tool,
                };
                !self.stopped && self.open.replace((*index, kind)).is_none()
            }
            Event::Delta { index, delta } => {
                let kind = match delta {
                    Delta::Text(_) => Kind::Text,
                    Delta::ToolInput(_) => Kind::Tool,
                    _ => Kind::Reasoning,
                };
                self.open == Some((*index, kind))
            }
            Event::BlockStop { index } => self.open.take().is_some_and(|(open, _)| open == *index),
            Event::Stop(_) => self.open.is_none() && !std::mem::replace(&mut self.stopped, true),
            Event::Usage(_) => true,
        };
        if fits { Ok(()) } else { Err(disorder("its parts are out of order")) }
    }

    fn end(&self) -> Result<(), ModelError> {
        if self.stopped { Ok(()) } else { Err(disorder("it ended before its end")) }
    }
}

fn disorder(what: &str) -> ModelError {
    ModelError::new(ErrorKind::Malformed, format!("The model's answer cannot be passed on: {what}."))
}
