//! From a provider's bytes to events: two pure machines, one above the other, and the stream that feeds them.

use std::collections::VecDeque;

use inference::{ErrorKind, Event, ModelError};

use crate::writer::Writer;

/// Cuts frames out of bytes that arrive in any pieces. Total: whatever comes is frames or an error.
pub trait Framing: Send + 'static {
    /// What it cuts out.
    type Frame: Send;

    /// More bytes; what they complete is added to `frames`, also before an error.
    fn push(&mut self, bytes: &[u8], frames: &mut VecDeque<Self::Frame>) -> Result<(), ModelError>;

    /// The bytes are over.
    fn finish(&mut self, frames: &mut VecDeque<Self::Frame>) -> Result<(), ModelError>;
}

/// Understands a provider's frames. Total: whatever comes is events or an error.
pub trait Decoder: Send + 'static {
    /// What it understands.
    type Frame;

    /// One more frame.
    fn frame(&mut self, frame: Self::Frame, out: &mut Writer) -> Result<(), ModelError>;

    /// The frames are over. An answer that is not complete need not be reported: whoever drives the decoder sees
    /// that no end was written.
    fn finish(&mut self, out: &mut Writer) -> Result<(), ModelError>;

    /// Whether the provider has said that nothing follows.
    fn is_done(&self) -> bool;
}

/// The two machines, one above the other.
pub struct Decoding<F: Framing, D> {
    framing: F,
    decoder: D,
    frames: VecDeque<F::Frame>,
    writer: Writer,
    failed: Option<ModelError>,
    over: bool,
}

impl<F: Framing, D: Decoder<Frame = F::Frame>> Decoding<F, D> {
    /// Nothing read yet.
    pub fn new(framing: F, decoder: D) -> Self {
        Self { framing, decoder, frames: VecDeque::new(), writer: Writer::new(), failed: None, over: false }
    }

    /// More bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.is_over() {
            let framed = self.framing.push(bytes, &mut self.frames);
            self.read(framed);
        }
    }

    /// The bytes are over.
    pub fn finish(&mut self) {
        if self.is_over() {
            return;
        }
        let framed = self.framing.finish(&mut self.frames);
        self.read(framed);
        if !self.is_over() {
            let finished = self.decoder.finish(&mut self.writer);
            self.end(finished);
        }
    }

    /// The next event, or the error that ends them.
    pub fn take(&mut self) -> Option<Result<Event, ModelError>> {
        self.writer.take().map(Ok).or_else(|| self.failed.take().map(Err))
    }

    /// Whether the answer is complete, though more may follow, such as its count.
    pub fn is_complete(&self) -> bool {
        self.writer.is_stopped()
    }

    /// Whether further bytes would be ignored.
    pub fn is_over(&self) -> bool {
        self.over
    }

    fn read(&mut self, framed: Result<(), ModelError>) {
        while let Some(frame) = self.frames.pop_front() {
            let understood = self.decoder.frame(frame, &mut self.writer);
            if understood.is_err() || self.decoder.is_done() {
                return self.end(understood);
            }
        }
        if framed.is_err() {
            self.end(framed);
        }
    }

    fn end(&mut self, outcome: Result<(), ModelError>) {
        self.over = true;
        self.frames.clear();
        self.failed = match outcome {
            // What is wrong behind a complete answer is not worth the answer.
            _ if self.writer.is_stopped() => None,
            Err(error) => Some(error),
            Ok(()) => {
                let message = "it ended its answer in the middle";
                Some(ModelError::new(ErrorKind::Unavailable, message))
            }
        };
    }
}

/// Everything that these pieces of an answer become: for tests and fuzzing.
pub fn replay<'a, F, D>(
    framing: F,
    decoder: D,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Event>, Option<ModelError>)
where
    F: Framing,
    D: Decoder<Frame = F::Frame>,
{
    let mut decoding = Decoding::new(framing, decoder);
    pieces.into_iter().for_each(|piece| decoding.push(piece));
    decoding.finish();
    let mut events = Vec::new();
    while let Some(event) = decoding.take() {
        match event {
            Ok(event) => events.push(event),
            Err(error) => return (events, Some(error)),
        }
    }
    (events, None)
}
