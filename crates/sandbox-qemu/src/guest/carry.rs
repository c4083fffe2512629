//! One exchange over HTTP/2: nothing is buffered beyond the flow-control windows, and whoever drops the future or
//! the reply's body resets the stream.

use std::future::poll_fn;
use std::io;

use bytes::Bytes;
use futures_util::stream;
use guest_protocol::failure;
use h2::client::SendRequest;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use sandbox::{Exchange, Reply};
use stdx::ByteStream;
use tokio_util::task::AbortOnDropHandle;

/// Fields that belong to one hop, or that HTTP/2 says in its own way.
const HOP_BY_HOP: [&str; 8] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade", "host"];
/// The most that is handed to HTTP/2 at once.
const PIECE: usize = 64 << 10;

/// Why an exchange got no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CarryError {
    /// The request cannot be expressed in HTTP/2.
    #[error("the request cannot be sent: {0}")]
    Unsendable(#[from] http::Error),
    /// The stream or the whole connection broke.
    #[error("the connection to the guest broke")]
    Broken(#[from] h2::Error),
    /// The answer's body broke.
    #[error("the guest's answer broke off")]
    Body(#[from] io::Error),
    /// The guest could not pass the request on.
    #[error("{0}")]
    Guest(String),
}

/// Sends the request and waits for the head of the answer.
pub(super) async fn carry(
    requests: SendRequest<Bytes>,
    authority: &str,
    exchange: Exchange,
) -> Result<Reply, CarryError> {
    let empty = exchange.length == Some(0);
    let request = head(authority, &exchange)?;
    let mut requests = requests.ready().await?;
    let (answer, outgoing) = requests.send_request(request, empty)?;
    let pump = (!empty).then(|| AbortOnDropHandle::new(tokio::spawn(pump(outgoing, exchange.body))));
    let answer = answer.await?;
    if let Some(reason) = answer.headers().get(failure::HEADER) {
        return Err(CarryError::Guest(String::from_utf8_lossy(reason.as_bytes()).into_owned()));
    }
    let (head, body) = answer.into_parts();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    Ok(Reply { status: head.status.as_u16(), headers, body: incoming(body, pump) })
}

fn head(authority: &str, exchange: &Exchange) -> Result<Request<()>, http::Error> {
    let uri = Uri::builder().scheme("http").authority(authority).path_and_query(exchange.target.as_str());
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(exchange.method.as_bytes())?;
    *request.uri_mut() = uri.build()?;
    let headers = request.headers_mut();
    for (name, value) in &exchange.headers {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        if !HOP_BY_HOP.contains(&name.as_str()) {
            headers.append(name, HeaderValue::from_bytes(value)?);
        }
    }
    if let Some(length) = exchange.length.filter(|length| *length > 0) {
        headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(request)
}

/// Sends the body as fast as the guest takes it.
async fn pump(mut outgoing: SendStream<Bytes>, mut body: ByteStream) {
    while let Some(chunk) = body.next().await {
        let Ok(mut chunk) = chunk else {
            outgoing.send_reset(Reason::CANCEL);
            return;
        };
        while !chunk.is_empty() {
            outgoing.reserve_capacity(chunk.len().min(PIECE));
            let Some(Ok(granted)) = poll_fn(|context| outgoing.poll_capacity(context)).await else {
                // The guest wants no more of it; its answer, if any, says why.
                return;
            };
            let piece = chunk.split_to(granted.min(chunk.len()));
            if !piece.is_empty() && outgoing.send_data(piece, false).is_err() {
                return;
            }
        }
    }
    // A stream that was reset meanwhile needs no end.
    let _ = outgoing.send_data(Bytes::new(), true);
}

/// The answer's body. It owns the sending half, which stops with it.
fn incoming(body: RecvStream, pump: Option<AbortOnDropHandle<()>>) -> ByteStream {
    let chunks = stream::unfold(Some((body, pump)), async |state| {
        let (mut body, pump) = state?;
        loop {
            match body.data().await? {
                // The end of a stream may come as a frame without content.
                Ok(chunk) if chunk.is_empty() => {}
                Ok(chunk) => {
                    // Handing it on makes room for more; it fails only on a stream that has ended.
                    let _ = body.flow_control().release_capacity(chunk.len());
                    return Some((Ok(chunk), Some((body, pump))));
                }
                Err(error) => {
                    return Some((Err(io::Error::new(io::ErrorKind::ConnectionReset, error)), None));
                }
            }
        }
    });
    ByteStream::new(chunks)
}
