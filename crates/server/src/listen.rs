//! Taking connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::edge::{Edge, From};

/// Connections that are served at once; more wait to be accepted.
const MOST_CONNECTIONS: usize = 4096;
/// How long a client may take to send a request's head.
pub(crate) const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest head, in bytes: headers may carry 8 KiB of baggage and twenty allow-listed fields of 4 KiB.
pub(crate) const HEAD_SIZE: u32 = 192 * 1024;
/// How long answers that are under way may go on once the server is to stop.
const GRACE: Duration = Duration::from_secs(10);

/// The server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address can be reached from other machines, and nothing is encrypted.
    #[error(
        "{0} can be reached from other machines, and requests and answers would cross the network unencrypted. \
         Listen on 127.0.0.1, or put a TLS proxy before it, or say --allow-plaintext if the network is trusted"
    )]
    Plaintext(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {address}: is another server running there?")]
    Unavailable {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Takes an address, unless that would expose it by accident.
pub(crate) async fn bind(address: SocketAddr, allow_plaintext: bool) -> Result<TcpListener, ListenError> {
    if !address.ip().is_loopback() && !allow_plaintext {
        return Err(ListenError::Plaintext(address));
    }
    TcpListener::bind(address).await.map_err(|source| ListenError::Unavailable { address, source })
}

/// Serves connections until `stopping`, then lets what is under way end.
pub(crate) async fn serve(listener: TcpListener, edge: Arc<Edge>, stopping: CancellationToken) {
    let connections = TaskTracker::new();
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (edge, stopping) = (Arc::clone(&edge), stopping.clone());
                connections.spawn(async move {
                    connection(stream, peer, edge, stopping).await;
                    drop(permit);
                });
            }
            // Out of file descriptors, or the client was gone already: neither is a reason to stop listening.
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(GRACE, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "connections were cut");
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, edge: Arc<Edge>, stopping: CancellationToken) {
    // An answer's first chunk is small and must not wait for a second one.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was not set");
    }
    let service = service_fn(move |request| {
        let edge = Arc::clone(&edge);
        async move { Ok::<_, std::convert::Infallible>(edge.answer(request, From::Network(peer)).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_SIZE as usize);
    builder.http2().timer(TokioTimer::new()).max_header_list_size(HEAD_SIZE);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(GRACE, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, %peer, "connection ended");
    }
}
