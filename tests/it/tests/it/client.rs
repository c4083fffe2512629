//! Requests over a real connection, signed unless a test wants otherwise.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use authn::{RootKey, Secret, Service, SignedBody, Signer};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use stdx::{ByteStream, Clock, SystemClock, Timestamp};
use test_kit::TestServer;
use tokio::net::TcpStream;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// Longer than anything takes here unless it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody with the root key.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) signer: Signer,
}

impl Client {
    pub(crate) fn of(server: &TestServer) -> Self {
        Self::new(server.address(), &server.key)
    }

    pub(crate) fn new(address: SocketAddr, key: &RootKey) -> Self {
        let signer = Signer {
            access_key_id: key.access_key_id.clone(),
            secret: key.secret.clone(),
            session_token: None,
            region: "us-east-1".to_owned(),
            service: Service::new("bedrock-agentcore"),
        };
        Self { address, signer }
    }

    /// A request to AgentCore.
    pub(crate) fn call(&self, method: Method, target: &str) -> Call {
        let request = Request::builder().method(method).uri(format!("http://{}{target}", self.address));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Call {
            address: self.address,
            parts,
            signer: Some(self.signer.clone()),
            signed_at: SystemClock.now(),
            body: Bytes::new(),
            sent: None,
            tamper: Box::new(|_| ()),
        }
    }

    /// A request to AgentCore with a document.
    pub(crate) fn json(&self, method: Method, target: &str, document: &Value) -> Call {
        self.call(method, target).header("content-type", "application/json").body(document.to_string())
    }

    pub(crate) fn get(&self, target: &str) -> Call {
        self.call(Method::GET, target)
    }

    /// A request to S3.
    pub(crate) fn s3(&self, method: Method, target: &str) -> Call {
        self.call(method, target).service(Service::s3())
    }
}

/// A request that is being made up.
pub(crate) struct Call {
    address: SocketAddr,
    parts: Parts,
    signer: Option<Signer>,
    signed_at: Timestamp,
    body: Bytes,
    /// What is sent if not the signed body.
    sent: Option<Body>,
    tamper: Box<dyn FnOnce(&mut Parts) + Send>,
}

impl Call {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.parts.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn service(self, service: Service) -> Self {
        self.signed_by(|signer| signer.service = service)
    }

    pub(crate) fn secret(self, secret: &str) -> Self {
        self.signed_by(|signer| signer.secret = Secret::new(secret))
    }

    pub(crate) fn signed_by(mut self, change: impl FnOnce(&mut Signer)) -> Self {
        change(self.signer.as_mut().expect("a request that is signed"));
        self
    }

    pub(crate) fn signed_at(mut self, moment: Timestamp) -> Self {
        self.signed_at = moment;
        self
    }

    pub(crate) fn unsigned(mut self) -> Self {
        self.signer = None;
        self
    }

    /// Sends another body than the one that is signed.
    pub(crate) fn forged(mut self, body: impl Into<Bytes>) -> Self {
        self.sent = Some(Full::new(body.into()).map_err(|never| match never {}).boxed_unsync());
        self
    }

    /// Sends a body whose hash is not signed, as it comes.
    pub(crate) fn streamed(mut self, body: ByteStream) -> Self {
        self.sent = Some(StreamBody::new(body.map(|chunk| chunk.map(Frame::data))).boxed_unsync());
        self
    }

    /// Changes the request after it is signed.
    pub(crate) fn tamper(mut self, tamper: impl FnOnce(&mut Parts) + Send + 'static) -> Self {
        self.tamper = Box::new(tamper);
        self
    }

    /// The whole answer.
    pub(crate) async fn send(self) -> Answer {
        self.open().await.whole().await
    }

    /// The head of the answer, and its body as it comes.
    pub(crate) async fn open(self) -> Open {
        self.try_open().await.expect("an answer")
    }

    /// The whole answer, if the server lives to give it.
    pub(crate) async fn try_send(self) -> Result<Answer> {
        self.try_open().await?.try_whole().await
    }

    async fn try_open(mut self) -> Result<Open> {
        let body = self.sent.take();
        let signed = if body.is_some() && self.body.is_empty() {
            SignedBody::Unsigned
        } else {
            SignedBody::Bytes(&self.body)
        };
        if let Some(signer) = &self.signer {
            signer.sign(&mut self.parts, signed, self.signed_at).unwrap();
        }
        (self.tamper)(&mut self.parts);
        let body =
            body.unwrap_or_else(|| Full::new(self.body).map_err(|never| match never {}).boxed_unsync());
        exchange(self.address, self.parts, body).await
    }
}

async fn exchange(address: SocketAddr, mut parts: Parts, body: Body) -> Result<Open> {
    parts.headers.entry("host").or_insert_with(|| address.to_string().parse().unwrap());
    // On a connection of one's own a request names the path only.
    let target = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
    parts.uri = target;
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends when the answer is read or dropped.
    tokio::spawn(connection);
    let request = Request::from_parts(parts, body);
    let response = tokio::time::timeout(PATIENCE, sender.send_request(request)).await;
    let (parts, body) = response.expect("an answer in time")?.into_parts();
    Ok(Open { status: parts.status, headers: parts.headers, body })
}

/// An answer that is still coming.
pub(crate) struct Open {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Incoming,
}

impl Open {
    /// The next chunk; `None` at the end, an error where the answer breaks off.
    pub(crate) async fn chunk(&mut self) -> Option<Result<Bytes>> {
        let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.expect("a chunk in time")?;
        Some(frame.map(|frame| frame.into_data().unwrap_or_default()).map_err(Into::into))
    }

    pub(crate) async fn whole(self) -> Answer {
        self.try_whole().await.expect("a whole body")
    }

    async fn try_whole(self) -> Result<Answer> {
        let read = tokio::time::timeout(PATIENCE, self.body.collect()).await.expect("a body in time");
        Ok(Answer { status: self.status, headers: self.headers, body: read?.to_bytes() })
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The document of a success.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The document of an error that has this status and name, in AWS's envelope.
    #[track_caller]
    pub(crate) fn error(&self, status: u16, name: &str) -> Value {
        assert_eq!(
            (self.status.as_u16(), self.header("x-amzn-errortype")),
            (status, name),
            "{}",
            self.text()
        );
        assert!(!self.header("x-amzn-requestid").is_empty(), "an error has the id of its request");
        assert_eq!(self.header("content-type"), "application/json");
        let document: Value = serde_json::from_slice(&self.body).unwrap();
        assert!(document["message"].as_str().is_some_and(|message| !message.is_empty()), "{document}");
        document
    }
}

/// A body of `size` bytes in chunks, none of which exists before it is asked for.
pub(crate) fn filler(size: usize) -> ByteStream {
    const CHUNK: usize = 64 * 1024;
    let sizes = (0..size).step_by(CHUNK).map(move |sent| CHUNK.min(size - sent));
    ByteStream::new(stream::iter(sizes.map(|size| Ok(Bytes::from(vec![b'x'; size])))))
}

/// Waits for a condition that another task brings about.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("waited in vain until {what}"));
}
