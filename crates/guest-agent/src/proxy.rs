//! Carries one request to the program and its answer back. Both bodies stream.
//!
//! Each request has a TCP connection of its own. It costs little on loopback, it never meets a connection that
//! the program is just closing, and none is left open in a snapshot.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use guest_protocol::failure::Failure;
use http::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{Request, Response, Uri, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::traffic::Pass;

/// Carries `request` to the program at `port`.
pub(crate) async fn carry(
    port: u16,
    request: Request<Incoming>,
    pass: Pass,
) -> Result<Response<Answer>, Failure> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(|_| Failure::Refused)?;
    stream.set_nodelay(true).map_err(|_| Failure::Broken)?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|_| Failure::Broken)?;
    // Aborted with this future or with the answer's body: that is how a client's leaving reaches the program.
    let connection = Connection(tokio::spawn(async move {
        // What goes wrong with the connection is seen on the answer.
        let _ = connection.await;
    }));
    let answer = sender.send_request(for_program(request, port)).await.map_err(|_| Failure::Broken)?;
    let (mut head, body) = answer.into_parts();
    drop_hop_by_hop(&mut head.headers);
    head.version = Version::HTTP_2;
    Ok(Response::from_parts(head, Answer { body, _connection: connection, _pass: pass }))
}

/// The request as HTTP/1.1 in origin form.
fn for_program(request: Request<Incoming>, port: u16) -> Request<Incoming> {
    let (mut head, body) = request.into_parts();
    drop_hop_by_hop(&mut head.headers);
    let target = head.uri.path_and_query().cloned();
    head.uri = target.map_or_else(|| Uri::from_static("/"), Uri::from);
    head.version = Version::HTTP_11;
    let host = format!("localhost:{port}");
    let host = HeaderValue::from_str(&host).expect("a name and a number are a valid field value");
    head.headers.entry(HOST).or_insert(host);
    Request::from_parts(head, body)
}

/// Removes the fields that belong to one connection only.
fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let listed = headers.get_all(CONNECTION).iter();
    let listed = listed.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let named: Vec<HeaderName> = listed.filter_map(|name| name.trim().parse().ok()).collect();
    let keep_alive = HeaderName::from_static("keep-alive");
    let proxy = HeaderName::from_static("proxy-connection");
    for name in
        named.into_iter().chain([CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, keep_alive, proxy])
    {
        headers.remove(name);
    }
}

/// The task that drives a connection; dropping it closes the connection.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The program's body, with what must live as long as it.
pub(crate) struct Answer {
    body: Incoming,
    _connection: Connection,
    _pass: Pass,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Pin::new(&mut self.body).poll_frame(context).map_err(io::Error::other)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
