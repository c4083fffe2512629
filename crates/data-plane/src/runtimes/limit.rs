//! The longest payload that is taken.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use stdx::ByteStream;

/// AgentCore's limit, in bytes.
pub(super) const MAX_PAYLOAD: u64 = 100_000_000;

/// The body, ending in an error if it turns out longer than allowed.
pub(super) fn limited(body: ByteStream) -> ByteStream {
    ByteStream::new(Limited { body, left: MAX_PAYLOAD })
}

struct Limited {
    body: ByteStream,
    left: u64,
}

impl Stream for Limited {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.body).poll_next(context);
        let Poll::Ready(Some(Ok(chunk))) = &polled else { return polled };
        match self.left.checked_sub(chunk.len() as u64) {
            Some(left) => {
                self.left = left;
                polled
            }
            None => {
                let message = format!("the payload is longer than {MAX_PAYLOAD} bytes");
                Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::FileTooLarge, message))))
            }
        }
    }
}
