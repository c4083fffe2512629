//! The program's way to the host: what connects to one port of the loopback device is carried out, byte by byte.

use std::io;
use std::net::{Ipv4Addr, TcpListener as Listener};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use guest_protocol::failure::Failure;
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::control::AnyBody;
use crate::traffic::Traffic;

/// The most that is taken from the program at once.
const PIECE: usize = 16 * 1024;

/// The listening socket. The host asks for each connection; until it does, the kernel keeps it waiting.
pub(crate) struct Platform(TcpListener);

impl Platform {
    /// Listens on a port of the loopback device, before any program can.
    pub(crate) fn listen(port: u16) -> io::Result<Self> {
        let listener = Listener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        Ok(Self(TcpListener::from_std(listener)?))
    }

    #[cfg(test)]
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.0.local_addr().expect("it listens")
    }

    /// Closes what waits to be accepted: the clones of a snapshot must not find it again.
    pub(crate) fn turn_away(&self) {
        let mut now = Context::from_waker(Waker::noop());
        while let Poll::Ready(Ok(_)) = self.0.poll_accept(&mut now) {}
    }

    /// Waits for the program's next connection. `told` is what it will be told there; the body that is returned is
    /// what it says. A freeze closes the connection.
    pub(crate) async fn accept(&self, traffic: &Traffic, told: Incoming) -> Result<AnyBody, Failure> {
        let connection = tokio::select! {
            biased;
            () = traffic.freezing() => return Err(Failure::Freezing),
            connection = self.0.accept() => connection,
        };
        let (connection, _) = connection.map_err(|_| Failure::Broken)?;
        connection.set_nodelay(true).map_err(|_| Failure::Broken)?;
        let (from_program, to_program) = connection.into_split();
        let until = traffic.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = until.freezing() => {}
                // A program that has closed its end wants to hear no more.
                _ = tell(told, to_program) => {}
            }
        });
        let until = traffic.clone();
        let said = said(from_program).take_until(Box::pin(async move { until.freezing().await }));
        Ok(UnsyncBoxBody::new(StreamBody::new(said)))
    }
}

async fn tell(mut told: Incoming, mut to_program: OwnedWriteHalf) -> io::Result<()> {
    while let Some(frame) = told.frame().await {
        // A host that breaks off leaves the program with a connection that is closed, as any peer would.
        let Ok(frame) = frame else { break };
        if let Ok(bytes) = frame.into_data() {
            to_program.write_all(&bytes).await?;
        }
    }
    to_program.shutdown().await
}

fn said(from_program: OwnedReadHalf) -> impl Stream<Item = io::Result<Frame<Bytes>>> {
    stream::try_unfold(from_program, |mut from_program| async move {
        let mut piece = Vec::with_capacity(PIECE);
        let count = from_program.read_buf(&mut piece).await?;
        Ok((count > 0).then(|| (Frame::data(Bytes::from(piece)), from_program)))
    })
}
