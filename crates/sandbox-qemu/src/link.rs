//! The byte stream to the guest, beneath HTTP/2: takes the answer to the hello off its beginning, and keeps an ear
//! on it for the record that ends it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use guest_protocol::hello::Answer;
use guest_protocol::record::{GUEST_MARK, Scanner};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tokio::sync::{Notify, oneshot};

/// The host's end.
pub(crate) struct Link {
    wire: Arc<Wire>,
    phase: Phase,
}

enum Phase {
    /// The answer to the hello has not come.
    Greeting { scanner: Scanner, answer: Option<oneshot::Sender<Result<(), String>>> },
    /// HTTP/2; `rest` came together with the answer.
    Open { rest: Bytes },
}

/// What the link leaves to whoever ends it.
pub(crate) struct Wire {
    socket: UnixStream,
    /// What has been read since [`Wire::listen`].
    overheard: Mutex<Option<Scanner>>,
    heard: Notify,
}

impl Link {
    /// A link over `socket` with what remains of it, and the guest's answer to the hello when it comes.
    pub(crate) fn new(socket: UnixStream) -> (Self, Arc<Wire>, oneshot::Receiver<Result<(), String>>) {
        let (answer, answered) = oneshot::channel();
        let wire = Arc::new(Wire { socket, overheard: Mutex::new(None), heard: Notify::new() });
        let phase = Phase::Greeting { scanner: Scanner::new(GUEST_MARK), answer: Some(answer) };
        (Self { wire: Arc::clone(&wire), phase }, wire, answered)
    }
}

impl Wire {
    /// From now on whatever comes is also searched for a record.
    pub(crate) fn listen(&self) {
        *self.overheard() = Some(Scanner::new(GUEST_MARK));
    }

    /// The next record since [`Wire::listen`], while somebody reads the link.
    pub(crate) async fn overheard_answer(&self) -> io::Result<Answer> {
        loop {
            if let Some(answer) = self.found()? {
                return Ok(answer);
            }
            self.heard.notified().await;
        }
    }

    /// The next record since [`Wire::listen`]. The link itself must not be read any more.
    pub(crate) async fn next_answer(&self) -> io::Result<Answer> {
        let mut buffer = vec![0; 4096];
        loop {
            if let Some(answer) = self.found()? {
                return Ok(answer);
            }
            self.socket.readable().await?;
            match self.socket.try_read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.overhear(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The stream itself, once the link is gone.
    pub(crate) fn into_stream(self: Arc<Self>) -> Option<UnixStream> {
        Arc::into_inner(self).map(|wire| wire.socket)
    }

    fn found(&self) -> io::Result<Option<Answer>> {
        let mut scanner = self.overheard();
        scanner.as_mut().map_or(Ok(None), Scanner::next).map_err(io::Error::other)
    }

    fn overheard(&self) -> std::sync::MutexGuard<'_, Option<Scanner>> {
        self.overheard.lock().expect("no holder of the scanner's lock panics")
    }

    fn overhear(&self, bytes: &[u8]) {
        if let Some(scanner) = self.overheard().as_mut() {
            scanner.push(bytes);
            self.heard.notify_one();
        }
    }
}

impl Phase {
    /// Takes in what was read before the answer was complete.
    fn greet(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Self::Greeting { scanner, answer } = self else { return Ok(()) };
        scanner.push(bytes);
        let outcome = match scanner.next::<Answer>().map_err(io::Error::other)? {
            None => return Ok(()),
            Some(Answer::Awake) => Ok(()),
            Some(Answer::Failed { reason }) => Err(reason),
            Some(Answer::Frozen) => Err("the guest fell silent instead of waking".to_owned()),
        };
        let refused = outcome.is_err();
        if let Some(answer) = answer.take() {
            // Nobody listens when the sandbox is being ended; then this stream ends as well.
            let _ = answer.send(outcome);
        }
        if refused {
            return Err(io::Error::other("the guest refused the hello"));
        }
        let scanner = std::mem::replace(scanner, Scanner::new(GUEST_MARK));
        *self = Self::Open { rest: scanner.into_rest().into() };
        Ok(())
    }
}

impl AsyncRead for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if let Phase::Open { rest } = &mut this.phase
                && !rest.is_empty()
            {
                let count = rest.len().min(buffer.remaining());
                buffer.put_slice(&rest[..count]);
                rest.advance(count);
                return Poll::Ready(Ok(()));
            }
            ready!(this.wire.socket.poll_read_ready(context))?;
            let count = match this.wire.socket.try_read(buffer.initialize_unfilled()) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Poll::Ready(Err(error)),
            };
            let bytes = &buffer.initialize_unfilled()[..count];
            if count == 0 || matches!(this.phase, Phase::Open { .. }) {
                this.wire.overhear(bytes);
                buffer.advance(count);
                return Poll::Ready(Ok(()));
            }
            this.phase.greet(bytes)?;
        }
    }
}

impl AsyncWrite for Link {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.wire.socket.poll_write_ready(context))?;
            match self.wire.socket.try_write_vectored(slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return Poll::Ready(outcome),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// The socket outlives HTTP/2.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
