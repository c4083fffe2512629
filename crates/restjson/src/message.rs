//! Requests and answers, free of any HTTP implementation.

use bytes::Bytes;
use fault::Fault;
use http::{HeaderMap, StatusCode};
use stdx::ByteStream;

/// A request whose route is known.
#[derive(Debug)]
pub struct Request {
    /// The path as it came, undecoded.
    pub path: String,
    /// The query as it came, undecoded, without its question mark.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body: whole where the route asks for a document, else a stream.
    pub body: Body,
}

/// A body.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// As it comes.
    Stream(ByteStream),
}

impl Body {
    /// The body as a stream.
    pub fn into_stream(self) -> ByteStream {
        match self {
            Self::Whole(bytes) => ByteStream::once(bytes),
            Self::Stream(stream) => stream,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those of the transport.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// What went wrong, for the log: its cause is in no header and no body.
    pub fault: Option<Fault>,
}
