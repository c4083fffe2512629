//! An answer on its way to the caller.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use inference::{Event, Events, ModelError};

use crate::breakers::Admitted;

/// Passes an answer on as it comes. Dropping it cancels the call.
pub(super) struct Answering {
    admitted: Admitted,
    first: std::vec::IntoIter<Event>,
    rest: Option<Events>,
}

impl Answering {
    pub(super) fn new(admitted: Admitted, first: Vec<Event>, rest: Events) -> Self {
        Self { admitted, first: first.into_iter(), rest: Some(rest) }
    }
}

impl Stream for Answering {
    type Item = Result<Event, ModelError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(event) = self.first.next() {
            return Poll::Ready(Some(Ok(event)));
        }
        let Some(rest) = &mut self.rest else { return Poll::Ready(None) };
        let event = ready!(rest.as_mut().poll_next(context));
        match &event {
            Some(Ok(Event::Stop(_))) => self.admitted.succeeded(),
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                if error.kind().is_transient() {
                    self.admitted.failed();
                } else {
                    self.admitted.succeeded();
                }
                self.rest = None;
            }
            None => self.rest = None,
        }
        Poll::Ready(event)
    }
}
