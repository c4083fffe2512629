//! A stream that proves another one.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use stdx::ByteStream;

use super::Proof;

pub(super) struct Guard {
    proof: Proof,
    /// `None` once it has ended, well or not.
    body: Option<ByteStream>,
    ready: VecDeque<Bytes>,
}

impl Guard {
    pub(super) fn new(proof: Proof, body: ByteStream) -> Self {
        Self { proof, body: Some(body), ready: VecDeque::new() }
    }

    /// Reads until the body ends or has brought more than `budget` bytes; whether it has ended.
    pub(super) async fn read_ahead(&mut self, budget: usize) -> io::Result<bool> {
        let mut size = 0;
        while size <= budget {
            match poll_fn(|context| self.poll_body(context)).await {
                Some(read) => size += read?,
                None => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Moves one piece of the body into the proof; `None` when there are no more.
    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<usize>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let step = match ready!(Pin::new(body).poll_next(context)) {
            Some(Ok(bytes)) => {
                let size = bytes.len();
                self.proof.feed(bytes, &mut self.ready).map(|()| Some(size)).map_err(io::Error::from)
            }
            Some(Err(error)) => Err(error),
            None => self.proof.finish(&mut self.ready).map(|()| None).map_err(io::Error::from),
        };
        if !matches!(step, Ok(Some(_))) {
            self.body = None;
        }
        Poll::Ready(step.transpose())
    }
}

impl Stream for Guard {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(bytes)));
            }
            if let Some(read) = ready!(self.poll_body(context)) {
                if let Err(error) = read {
                    return Poll::Ready(Some(Err(error)));
                }
            } else if self.ready.is_empty() {
                return Poll::Ready(None);
            }
        }
    }
}
