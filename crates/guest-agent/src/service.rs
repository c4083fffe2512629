//! The HTTP/2 service on the host's stream.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::Bytes;
use guest_protocol::control::{ProgramExit, Readiness};
use guest_protocol::failure::{self, Failure};
use guest_protocol::{AGENT, GUEST};
use http::header::{HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, watch};

use crate::control::{self, AnyBody};
use crate::output::Output;
use crate::platform::Platform;
use crate::proxy;
use crate::storage::Storage;
use crate::traffic::Traffic;

/// Enough in flight for the stream's speed, little beside the memory of a small guest.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
const FRAME: u32 = 64 * 1024;
const STREAMS: u32 = 256;

/// How long the host may take to agree to the end of the connection.
const FAREWELL: Duration = Duration::from_millis(500);

/// What requests are answered from.
pub(crate) struct Guest {
    /// The program's TCP port.
    pub(crate) port: u16,
    /// What it wrote.
    pub(crate) output: Output,
    /// How its start went, once that is known.
    pub(crate) readiness: watch::Receiver<Option<Readiness>>,
    /// How it ended, once it has.
    pub(crate) exit: watch::Receiver<Option<ProgramExit>>,
    /// The requests it is busy with.
    pub(crate) traffic: Traffic,
    /// Told when a freeze may close the connection.
    pub(crate) quiet: Arc<Notify>,
    /// The most memory seen in use.
    pub(crate) memory_peak: AtomicU64,
    /// The disk that outlives the machine.
    pub(crate) storage: Storage,
    /// Where the program reaches the host.
    pub(crate) platform: Platform,
}

/// How a connection came to its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By a freeze: all is said.
    Frozen,
    /// The host has gone or broke the protocol.
    Gone,
}

/// Serves one connection to its end.
pub(crate) async fn serve<T>(stream: T, guest: Arc<Guest>) -> End
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| {
        let guest = Arc::clone(&guest);
        async move { Ok::<_, Infallible>(respond(&guest, request).await) }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME)
        .max_concurrent_streams(STREAMS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // The answer to the freeze goes out before the farewell.
        biased;
        // How exactly it ended makes no difference: the host begins anew with a hello.
        _ = connection.as_mut() => End::Gone,
        () = guest.quiet.notified() => {
            connection.as_mut().graceful_shutdown();
            // The last answer is on its way; a host that does not say farewell holds nothing up for long.
            let _ = tokio::time::timeout(FAREWELL, connection).await;
            End::Frozen
        }
    }
}

async fn respond(guest: &Guest, request: Request<Incoming>) -> Response<AnyBody> {
    let authority = request.uri().authority();
    let answer = match authority.map(http::uri::Authority::host) {
        Some(AGENT) => match guest.traffic.enter() {
            Some(pass) => {
                let port = authority.and_then(http::uri::Authority::port_u16).unwrap_or(guest.port);
                proxy::carry(port, request, pass).await.map(|answer| answer.map(BodyExt::boxed_unsync))
            }
            None => Err(Failure::Freezing),
        },
        Some(GUEST) => control::answer(guest, request).await,
        _ => Err(Failure::Unknown),
    };
    answer.unwrap_or_else(failed)
}

fn failed(failure: Failure) -> Response<AnyBody> {
    let mut response = Response::new(control::full(Bytes::new()));
    *response.status_mut() =
        StatusCode::from_u16(failure.status()).expect("a failure's status is one of HTTP's");
    let header = HeaderName::from_static(failure::HEADER);
    response.headers_mut().insert(header, HeaderValue::from_static(failure.name()));
    response
}

#[cfg(test)]
mod tests;
