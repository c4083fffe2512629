//! A connection that the program opened, as a stream of bytes: one HTTP/2 stream, flow-controlled both ways.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use guest_protocol::{GUEST, control, failure};
use h2::client::SendRequest;
use h2::{RecvStream, SendStream};
use http::{Method, Request};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::CarryError;

/// The program's end is inside; this is ours. Dropped before it was shut down, it is a connection that broke.
pub(crate) struct Inward {
    said: RecvStream,
    /// What was said and not yet read.
    rest: Bytes,
    tell: SendStream<Bytes>,
}

/// Asks for the next connection and waits until there is one.
pub(super) async fn accept(requests: SendRequest<Bytes>) -> Result<Inward, CarryError> {
    let uri = format!("http://{GUEST}{}", control::PLATFORM);
    let request = Request::builder().method(Method::POST).uri(uri).body(())?;
    let (answer, tell) = requests.ready().await?.send_request(request, false)?;
    let answer = answer.await?;
    if let Some(reason) = answer.headers().get(failure::HEADER) {
        return Err(CarryError::Guest(String::from_utf8_lossy(reason.as_bytes()).into_owned()));
    }
    Ok(Inward { said: answer.into_body(), rest: Bytes::new(), tell })
}

impl AsyncRead for Inward {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            match ready!(self.said.poll_data(context)) {
                None => return Poll::Ready(Ok(())),
                Some(piece) => self.rest = piece.map_err(broken)?,
            }
        }
        let count = self.rest.len().min(buffer.remaining());
        buffer.put_slice(&self.rest[..count]);
        self.rest.advance(count);
        // Handing it on makes room for more; it fails only on a stream that has ended.
        let _ = self.said.flow_control().release_capacity(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Inward {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.tell.reserve_capacity(bytes.len());
        let mut granted = 0;
        while granted == 0 {
            granted = match ready!(self.tell.poll_capacity(context)) {
                None => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
                Some(granted) => granted.map_err(broken)?,
            };
        }
        let piece = Bytes::copy_from_slice(&bytes[..granted.min(bytes.len())]);
        let count = piece.len();
        self.tell.send_data(piece, false).map_err(broken)?;
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.tell.send_data(Bytes::new(), true).map_err(broken))
    }
}

fn broken(error: h2::Error) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, error)
}
