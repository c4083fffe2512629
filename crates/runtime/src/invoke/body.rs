//! A body that keeps its session awake until it is done.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use stdx::{BoxFuture, ByteStream};

use crate::sessions::Lease;

/// Passes `body` on, with the session's lease held and a limit on the time it may take.
pub(super) fn leased(
    body: ByteStream,
    lease: Lease,
    deadline: BoxFuture<'static, ()>,
    limit: Duration,
) -> ByteStream {
    ByteStream::new(Leased { body: Some((body, lease)), deadline, limit })
}

struct Leased {
    /// Gone once the body is over, so that the lease ends with it and not with whoever forgets to drop us.
    body: Option<(ByteStream, Lease)>,
    deadline: BoxFuture<'static, ()>,
    limit: Duration,
}

impl Stream for Leased {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some((body, _)) = &mut this.body else { return Poll::Ready(None) };
        if let Poll::Ready(item) = Pin::new(body).poll_next(context) {
            if !matches!(item, Some(Ok(_))) {
                this.body = None;
            }
            return Poll::Ready(item);
        }
        if this.deadline.as_mut().poll(context).is_ready() {
            this.body = None;
            let message = format!("the answer took longer than {} s", this.limit.as_secs());
            return Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, message))));
        }
        Poll::Pending
    }
}
