//! The virtio-serial port as an asynchronous byte stream.
//!
//! The port says "hung up" to a poll while the host is away, and tokio keeps that for good, so a port that was
//! restored from a snapshot would never sleep again. Hence each direction is watched through an epoll of its own:
//! tokio sees only that something has changed, and the port itself says what.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use guest_protocol::PORT_NAME;
use rustix::event::epoll;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

/// The stream to the host. Clones share it.
#[derive(Clone)]
pub(crate) struct Port(Arc<Inner>);

struct Inner {
    file: File,
    readable: Edge,
    writable: Edge,
}

impl Port {
    /// Opens the port of the agreed name.
    pub(crate) fn open() -> io::Result<Self> {
        let name = find(Path::new("/sys/class/virtio-ports"), PORT_NAME)?;
        let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).expect("a flag of open");
        let mut options = OpenOptions::new();
        options.read(true).write(true).custom_flags(nonblocking);
        Self::over(options.open(Path::new("/dev").join(name))?)
    }

    /// Wraps any non-blocking file that can be polled.
    fn over(file: File) -> io::Result<Self> {
        let readable = Edge::watch(&file, epoll::EventFlags::IN)?;
        let writable = Edge::watch(&file, epoll::EventFlags::OUT)?;
        Ok(Self(Arc::new(Inner { file, readable, writable })))
    }

    /// Completes when something about reading has changed, such as the host's coming back.
    pub(crate) async fn changed(&self) -> io::Result<()> {
        std::future::poll_fn(|context| self.0.readable.poll(context)).await
    }

    /// Reads what is there: `WouldBlock` if nothing is, 0 if the host is away.
    pub(crate) fn read_now(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.0.file).read(buffer)
    }
}

fn find(ports: &Path, wanted: &str) -> io::Result<std::ffi::OsString> {
    for entry in fs::read_dir(ports)? {
        let entry = entry?;
        if fs::read_to_string(entry.path().join("name")).is_ok_and(|name| name.trim_end() == wanted) {
            return Ok(entry.file_name());
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, format!("no virtio port is named {wanted:?}")))
}

impl AsyncRead for Port {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match (&self.0.file).read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.0.readable.poll(context))?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Port {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match (&self.0.file).write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.0.writable.poll(context))?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The port outlives the connection on it.
        Poll::Ready(Ok(()))
    }
}

/// Tells when one direction of the port may have become ready.
struct Edge(AsyncFd<OwnedFd>);

impl Edge {
    fn watch(file: &File, direction: epoll::EventFlags) -> io::Result<Self> {
        let set = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&set, file, epoll::EventData::new_u64(0), direction | epoll::EventFlags::ET)?;
        Self::register(set)
    }

    #[expect(unsafe_code, reason = "the safe form is for types that promise what `OwnedFd` keeps anyway")]
    fn register(set: OwnedFd) -> io::Result<Self> {
        // SAFETY: an `OwnedFd` stays the same open file until it is dropped, and nothing here replaces it.
        Ok(Self(unsafe { AsyncFd::register_with_interest(set, Interest::READABLE)? }))
    }

    /// Ready once for each change since the last time.
    fn poll(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut guard = ready!(self.0.poll_read_ready(context))?;
            let mut events: [std::mem::MaybeUninit<epoll::Event>; 1] = [std::mem::MaybeUninit::uninit()];
            let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
            let (seen, _) = epoll::wait(self.0.get_ref(), &mut events, Some(&now))?;
            if !seen.is_empty() {
                return Poll::Ready(Ok(()));
            }
            guard.clear_ready();
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::os::unix::net::UnixStream;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A port, and the host's end of it.
    pub(crate) fn pair() -> (Port, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        (Port::over(File::from(OwnedFd::from(ours))).unwrap(), theirs)
    }

    #[tokio::test]
    async fn bytes_pass_both_ways_in_pieces_larger_than_the_kernel_holds() {
        let (mut port, theirs) = pair();
        let echo = std::thread::spawn(move || {
            let mut bytes = vec![0; 3_000_000];
            (&theirs).read_exact(&mut bytes).unwrap();
            (&theirs).write_all(&bytes).unwrap();
            theirs
        });
        let sent: Vec<u8> = (0..3_000_000_u32).map(|index| index.to_le_bytes()[0]).collect();
        port.write_all(&sent).await.unwrap();
        let mut received = vec![0; sent.len()];
        port.read_exact(&mut received).await.unwrap();
        assert!(received == sent);
        drop(echo.join().unwrap());
        assert_eq!(port.read(&mut received).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_change_is_told_once() {
        let (port, mut theirs) = pair();
        let mut byte = [0; 1];
        assert_eq!(port.read_now(&mut byte).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        theirs.write_all(b"x").unwrap();
        port.changed().await.unwrap();
        assert_eq!(port.read_now(&mut byte).unwrap(), 1);
        let again = std::future::poll_fn(|context| Poll::Ready(port.0.readable.poll(context).is_ready()));
        assert!(!again.await);
    }

    #[test]
    fn the_port_is_found_by_its_name() {
        let ports = tempfile::tempdir().unwrap();
        for (device, name) in [("vport0p0", ""), ("vport1p1", "freehold.0\n")] {
            fs::create_dir(ports.path().join(device)).unwrap();
            fs::write(ports.path().join(device).join("name"), name).unwrap();
        }
        assert_eq!(find(ports.path(), PORT_NAME).unwrap(), "vport1p1");
        assert!(find(ports.path(), "other").is_err());
    }
}
