//! A stream of bytes whose length nobody needs to know.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt;

/// Bytes that arrive over time. Dropping it tells the producer to stop.
pub struct ByteStream(Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>);

impl ByteStream {
    /// Wraps any stream of chunks.
    pub fn new(chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self(Box::pin(chunks))
    }

    /// No bytes.
    pub fn empty() -> Self {
        Self::new(futures_util::stream::empty())
    }

    /// Bytes that are all here already.
    pub fn once(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::new(futures_util::stream::iter((!bytes.is_empty()).then_some(Ok(bytes))))
    }

    /// The next chunk, or `None` at the end.
    pub async fn next(&mut self) -> Option<io::Result<Bytes>> {
        self.0.next().await
    }

    /// Everything, if it fits in `limit` bytes; else an error of kind `FileTooLarge`.
    pub async fn collect(mut self, limit: usize) -> io::Result<Bytes> {
        let mut first: Option<Bytes> = None;
        let mut all = BytesMut::new();
        let mut size = 0_usize;
        while let Some(chunk) = self.next().await {
            let chunk = chunk?;
            size += chunk.len();
            if size > limit {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {limit} bytes")));
            }
            match first.take() {
                None if all.is_empty() => first = Some(chunk),
                None => all.extend_from_slice(&chunk),
                Some(earlier) => {
                    all.extend_from_slice(&earlier);
                    all.extend_from_slice(&chunk);
                }
            }
        }
        Ok(first.unwrap_or_else(|| all.freeze()))
    }
}

impl Stream for ByteStream {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ByteStream")
    }
}

impl From<Bytes> for ByteStream {
    fn from(bytes: Bytes) -> Self {
        Self::once(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn collect_joins_chunks_and_keeps_the_limit() {
        let chunks =
            || ByteStream::new(futures_util::stream::iter(["ab", "cd", "e"].map(|c| Ok(Bytes::from(c)))));
        assert_eq!(chunks().collect(5).await.unwrap(), "abcde");
        assert_eq!(chunks().collect(4).await.unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(ByteStream::empty().collect(0).await.unwrap(), "");
    }
}
