//! Bodies as the protocol library has them, and as the store has them.

use std::io;

use bytes::Bytes;
use futures_util::TryStreamExt;
use http_body_util::StreamBody;
use s3s::Body;
use s3s::dto::StreamingBlob;
use stdx::{ByteStream, Timestamp};

/// What a request brings.
pub(crate) fn incoming(body: Option<StreamingBlob>) -> ByteStream {
    body.map_or_else(ByteStream::empty, |body| ByteStream::new(body.map_err(io::Error::other)))
}

/// What an answer brings.
pub(crate) fn outgoing(content: ByteStream) -> StreamingBlob {
    let frames = content.map_ok(http_body::Frame::<Bytes>::data);
    StreamingBlob::from(Body::http_body_unsync(StreamBody::new(frames)))
}

/// A time as the protocol library has it.
pub(crate) fn instant(at: Timestamp) -> s3s::dto::Timestamp {
    let nanos = i128::from(at.as_millis()) * 1_000_000;
    let at = time::OffsetDateTime::from_unix_timestamp_nanos(nanos);
    at.unwrap_or(time::OffsetDateTime::UNIX_EPOCH).into()
}

/// A time as the rest of the program has it.
pub(crate) fn timestamp(at: s3s::dto::Timestamp) -> Timestamp {
    let millis = time::OffsetDateTime::from(at).unix_timestamp_nanos() / 1_000_000;
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// A length as S3's messages have it.
pub(crate) fn size(length: u64) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
