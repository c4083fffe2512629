//! Requests to process 1 itself.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use guest_protocol::control::{EXIT, FREEZE, OUTPUT, PLATFORM, READY, RELEASE, USAGE};
use guest_protocol::failure::Failure;
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use serde::Serialize;
use tokio::sync::{Notify, watch};

use crate::output::Reader;
use crate::service::Guest;
use crate::usage;

/// Any body that the service answers with.
pub(crate) type AnyBody = UnsyncBoxBody<Bytes, io::Error>;

/// Answers one request.
pub(crate) async fn answer(guest: &Guest, request: Request<Incoming>) -> Result<Response<AnyBody>, Failure> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, READY) => settled(guest, guest.readiness.clone()).await,
        (&Method::GET, EXIT) => settled(guest, guest.exit.clone()).await,
        (&Method::GET, USAGE) => Ok(json(&usage::report(&guest.memory_peak))),
        (&Method::GET, OUTPUT) => Ok(Response::new(lines(guest))),
        (&Method::POST, FREEZE) => {
            guest.traffic.freeze().await;
            guest.platform.turn_away();
            guest.storage.write_back();
            let last = LastWord(Arc::clone(&guest.quiet));
            Ok(Response::new(UnsyncBoxBody::new(last)))
        }
        (&Method::POST, PLATFORM) => {
            let said = guest.platform.accept(&guest.traffic, request.into_body()).await?;
            Ok(Response::new(said))
        }
        (&Method::POST, RELEASE) => match guest.storage.release().await {
            Ok(()) => Ok(Response::new(full(Bytes::new()))),
            Err(error) => {
                let mut response = Response::new(full(Bytes::from(error.to_string())));
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                Ok(response)
            }
        },
        _ => Err(Failure::Unknown),
    }
}

/// Waits until there is a value, or a freeze comes first.
async fn settled<T: Clone + Serialize>(
    guest: &Guest,
    mut value: watch::Receiver<Option<T>>,
) -> Result<Response<AnyBody>, Failure> {
    tokio::select! {
        biased;
        settled = value.wait_for(Option::is_some) => match settled.as_deref() {
            Ok(Some(value)) => Ok(json(value)),
            // Nobody is left who could settle it.
            Ok(None) | Err(_) => Err(Failure::Broken),
        },
        () = guest.traffic.freezing() => Err(Failure::Freezing),
    }
}

/// The lines of output, until the program has ended or a freeze.
fn lines(guest: &Guest) -> AnyBody {
    let traffic = guest.traffic.clone();
    let lines = stream::unfold(guest.output.reader(), |mut reader: Reader| async move {
        let lines = reader.next().await;
        if lines.is_empty() {
            return None;
        }
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, &line).expect("a line is plain data");
            text.push(b'\n');
        }
        Some((Ok(Frame::data(Bytes::from(text))), reader))
    });
    let lines = lines.take_until(Box::pin(async move { traffic.freezing().await }));
    UnsyncBoxBody::new(StreamBody::new(lines))
}

fn json(value: &impl Serialize) -> Response<AnyBody> {
    let text = serde_json::to_vec(value).expect("a report is plain data");
    Response::new(full(Bytes::from(text)))
}

/// An empty body that tells, once it is sent, that nothing more will be said.
struct LastWord(Arc<Notify>);

impl Drop for LastWord {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Body for LastWord {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(0)
    }
}

/// A body that is all there.
pub(crate) fn full(bytes: Bytes) -> AnyBody {
    let body = Full::new(bytes).map_err(|never: Infallible| match never {});
    UnsyncBoxBody::new(body)
}
