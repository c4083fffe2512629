//! Answers that are streams of events: `application/vnd.amazon.eventstream`.

mod frame;

use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use fault::Fault;
use futures_core::Stream;
use futures_util::StreamExt;
use serde_json::Value;
use stdx::ByteStream;

use crate::error::{ErrorShape, document};

pub use frame::{FrameTooLarge, encode};

/// An event of a stream.
pub trait IntoEvent: Send + 'static {
    /// The exceptions that the stream may end in.
    const EXCEPTIONS: &'static [ErrorShape];

    /// The event's name and its document.
    fn into_event(self) -> (&'static str, Value);
}

/// Events that happen over time. The first fault ends the stream with an exception.
pub struct EventStream<E>(Pin<Box<dyn Stream<Item = fault::Result<E>> + Send>>);

impl<E: IntoEvent> EventStream<E> {
    /// Wraps any stream of events.
    pub fn new(events: impl Stream<Item = fault::Result<E>> + Send + 'static) -> Self {
        Self(Box::pin(events))
    }

    /// The frames, each a chunk of its own.
    pub fn into_bytes(self) -> ByteStream {
        let frames = self.0.scan(false, |ended, event| {
            let frame = (!*ended).then(|| match event {
                Ok(event) => event_frame(event).unwrap_or_else(|error| {
                    *ended = true;
                    exception_frame::<E>(&Fault::internal(error))
                }),
                Err(fault) => {
                    *ended = true;
                    exception_frame::<E>(&fault)
                }
            });
            std::future::ready(frame.map(Ok))
        });
        ByteStream::new(frames)
    }
}

fn event_frame<E: IntoEvent>(event: E) -> Result<Bytes, FrameTooLarge> {
    let (name, document) = event.into_event();
    let headers = [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")];
    encode(&headers, document.to_string().as_bytes())
}

fn exception_frame<E: IntoEvent>(fault: &Fault) -> Bytes {
    let shape = ErrorShape::of(fault.kind(), E::EXCEPTIONS);
    // The answer's status went out long ago: this is where the fault ends, so its cause is told here.
    tracing::warn!(error = fault as &dyn std::error::Error, "an event stream ended in a fault");
    let name = shape.event_name();
    let headers = [
        (":exception-type", name.as_str()),
        (":content-type", "application/json"),
        (":message-type", "exception"),
    ];
    let body = document(shape, fault).to_string();
    encode(&headers, body.as_bytes())
        .unwrap_or_else(|_| encode(&headers, b"{}").expect("a frame of three short headers is small"))
}

impl<E> fmt::Debug for EventStream<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EventStream")
    }
}
