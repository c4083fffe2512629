//! The guest as its host sees it: a hello, then HTTP/2 with its program and its first process.

mod carry;
mod inward;

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use guest_protocol::control;
use guest_protocol::hello::{Answer, Hello};
use guest_protocol::record::{self, HOST_MARK};
use h2::client::SendRequest;
use sandbox::{Exchange, Reply};
use serde::de::DeserializeOwned;
use stdx::ByteStream;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;

use crate::link::{Link, Wire};

pub(crate) use carry::CarryError;
pub(crate) use inward::Inward;

const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 8 << 20;
const LARGEST_FRAME: u32 = 64 << 10;
/// The largest answer of process 1 that is taken in whole.
const LARGEST_REPORT: usize = 1 << 20;

/// Sends requests to one guest; cheap to clone.
#[derive(Clone)]
pub(crate) struct Guest {
    requests: SendRequest<Bytes>,
}

/// What the owner of a guest's connection holds.
pub(crate) struct Connection {
    wire: Arc<Wire>,
    task: AbortOnDropHandle<()>,
}

/// What becomes of a hello: the connection, its heartbeat, and the guest's answer when it comes.
pub(crate) struct Greeted {
    pub(crate) guest: Guest,
    pub(crate) connection: Connection,
    pub(crate) pings: h2::PingPong,
    pub(crate) answered: oneshot::Receiver<Result<(), String>>,
}

/// Writes the hello and the beginning of HTTP/2 without waiting for anything: the guest may not even exist yet.
pub(crate) async fn connect(mut socket: UnixStream, hello: &Hello) -> io::Result<Greeted> {
    let hello = record::encode(&HOST_MARK, hello).map_err(io::Error::other)?;
    socket.write_all(&hello).await?;
    let (link, wire, answered) = Link::new(socket);
    let mut builder = h2::client::Builder::new();
    builder
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(LARGEST_FRAME)
        .enable_push(false);
    let (requests, mut connection) = builder.handshake(link).await.map_err(io::Error::other)?;
    let pings = connection.ping_pong().expect("it is taken once");
    let task = AbortOnDropHandle::new(tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection to a guest ended");
        }
    }));
    Ok(Greeted { guest: Guest { requests }, connection: Connection { wire, task }, pings, answered })
}

impl Guest {
    /// One exchange with the program.
    pub(crate) async fn exchange(&self, exchange: Exchange) -> Result<Reply, CarryError> {
        carry::carry(self.requests.clone(), guest_protocol::AGENT, exchange).await
    }

    /// One exchange with what listens on another port than the program's own.
    pub(crate) async fn exchange_at(&self, port: u16, exchange: Exchange) -> Result<Reply, CarryError> {
        let authority = format!("{}:{port}", guest_protocol::AGENT);
        carry::carry(self.requests.clone(), &authority, exchange).await
    }

    /// One exchange with process 1 whose answer streams.
    pub(crate) async fn control(&self, method: &str, path: &str) -> Result<Reply, CarryError> {
        let exchange = Exchange {
            method: method.to_owned(),
            target: path.to_owned(),
            headers: Vec::new(),
            length: Some(0),
            body: ByteStream::empty(),
        };
        carry::carry(self.requests.clone(), guest_protocol::GUEST, exchange).await
    }

    /// Waits for the next connection that the program opens to the platform.
    pub(crate) async fn accept(&self) -> Result<Inward, CarryError> {
        inward::accept(self.requests.clone()).await
    }

    /// Asks process 1 for one of its reports.
    pub(crate) async fn report<T: DeserializeOwned>(&self, path: &str) -> Result<T, CarryError> {
        let reply = self.control("GET", path).await?;
        if reply.status != 200 {
            return Err(CarryError::Guest(format!("{path} answered {}", reply.status)));
        }
        let body = reply.body.collect(LARGEST_REPORT).await?;
        serde_json::from_slice(&body).map_err(|error| CarryError::Guest(format!("{path}: {error}")))
    }
}

impl Connection {
    /// Ends HTTP/2 and waits until the guest has become quiet. What remains is the stream, ready for another hello.
    pub(crate) async fn quiesce(self, guest: &Guest) -> Result<UnixStream, CarryError> {
        self.wire.listen();
        let reply = guest.control("POST", control::FREEZE).await?;
        if reply.status != 200 {
            return Err(CarryError::Guest(format!("it would not freeze: status {}", reply.status)));
        }
        drop(reply);
        let Self { wire, mut task } = self;
        // The guest wants HTTP/2 closed in order, so somebody has to read until it is.
        let answer = tokio::select! {
            answer = wire.overheard_answer() => answer?,
            _ = &mut task => wire.next_answer().await?,
        };
        // HTTP/2 must not read what belongs to the next hello.
        if !task.is_finished() {
            task.abort();
            let _ = (&mut task).await;
        }
        match answer {
            Answer::Frozen => Ok(wire.into_stream().expect("HTTP/2 was the only other owner")),
            other => Err(CarryError::Guest(format!("{other:?} instead of becoming quiet"))),
        }
    }
}
