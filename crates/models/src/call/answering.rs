//! An answer on its way to the caller.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use inference::{ErrorKind, Event, Events, ModelError};

use super::Call;
use crate::breakers::Admitted;

/// Passes an answer on as it comes, and takes note of it. Dropping it cancels the call.
pub(super) struct Answering {
    call: Call,
    admitted: Admitted,
    first: std::vec::IntoIter<Event>,
    /// Until it has ended.
    rest: Option<Events>,
}

impl Answering {
    pub(super) fn new(call: Call, admitted: Admitted, first: Vec<Event>, rest: Events) -> Self {
        Self { call, admitted, first: first.into_iter(), rest: Some(rest) }
    }

    fn end(&mut self) -> Option<ModelError> {
        self.rest = None;
        if self.call.is_complete() {
            self.admitted.succeeded();
            self.call.close();
            return None;
        }
        // The port does not allow this, so whoever relies on it must not meet it.
        let error = ModelError::new(ErrorKind::Malformed, "the model's answer broke off");
        self.fail(&error);
        Some(error)
    }

    fn fail(&mut self, error: &ModelError) {
        self.rest = None;
        self.call.failed(error);
        self.admitted.judge(error.kind());
        self.call.close();
    }
}

impl Stream for Answering {
    type Item = Result<Event, ModelError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(event) = self.first.next() {
            self.call.see(&event);
            return Poll::Ready(Some(Ok(event)));
        }
        let span = self.call.span().clone();
        let _entered = span.enter();
        let Some(rest) = &mut self.rest else { return Poll::Ready(None) };
        let next = ready!(rest.as_mut().poll_next(context));
        Poll::Ready(match next {
            Some(Ok(event)) => {
                self.call.see(&event);
                Some(Ok(event))
            }
            Some(Err(error)) => {
                self.fail(&error);
                Some(Err(error))
            }
            None => self.end().map(Err),
        })
    }
}

/// Whoever stops listening after the model has spoken found it able to.
impl Drop for Answering {
    fn drop(&mut self) {
        self.admitted.succeeded();
    }
}
