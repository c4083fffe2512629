//! Turns a reply into an answer: header and status members leave the document, the rest is the body.

use bytes::Bytes;
use fault::Fault;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value};
use stdx::ByteStream;

use crate::error::put_request_id;
use crate::handle::Reply;
use crate::message::{Body, Response};
use crate::spec::{Binding, Location, OperationSpec, Payload, Scalar};
use crate::timestamp::{from_text, to_text};

/// The answer to a call that this operation served.
pub(crate) fn answer(spec: &OperationSpec, reply: Reply, request_id: &str) -> fault::Result<Response> {
    let Value::Object(mut members) = reply.document else {
        return Err(Fault::internal("an output is not an object"));
    };
    let mut status = spec.success;
    let mut headers = HeaderMap::with_capacity(spec.output.len() + 2);
    for binding in spec.output {
        let Some(value) = members.remove(binding.member) else { continue };
        match binding.location {
            Location::Header(name) => {
                headers.insert(HeaderName::from_static(name), to_header(binding, &value)?);
            }
            Location::Status => status = to_status(&value)?,
            Location::Query(_) => return Err(Fault::internal("an output member is bound to the query")),
        }
    }
    let (body, content_type) = body(spec.response, members, reply.stream);
    if let Some(content_type) = content_type {
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(content_type));
    }
    put_request_id(&mut headers, request_id);
    let status = StatusCode::from_u16(status).map_err(Fault::internal)?;
    Ok(Response { status, headers, body, fault: None })
}

fn body(
    payload: Payload,
    mut members: Map<String, Value>,
    stream: Option<ByteStream>,
) -> (Body, Option<&'static str>) {
    const JSON: Option<&str> = Some("application/json");
    match payload {
        Payload::None => (Body::Whole(Bytes::new()), None),
        Payload::Members => (Body::Whole(Value::Object(members).to_string().into()), JSON),
        Payload::Document(member) => match members.remove(member) {
            Some(document) => (Body::Whole(document.to_string().into()), JSON),
            None => (Body::Whole(Bytes::new()), None),
        },
        Payload::Blob(_) => (stream_of(stream), Some("application/octet-stream")),
        Payload::Events(_) => (stream_of(stream), Some("application/vnd.amazon.eventstream")),
    }
}

fn stream_of(stream: Option<ByteStream>) -> Body {
    stream.map_or_else(|| Body::Whole(Bytes::new()), Body::Stream)
}

fn to_header(binding: &Binding, value: &Value) -> fault::Result<HeaderValue> {
    let text = match value {
        Value::Array(items) => {
            items.iter().map(|item| to_text_of(binding, item)).collect::<Vec<_>>().join(", ")
        }
        single => to_text_of(binding, single),
    };
    HeaderValue::from_bytes(text.as_bytes()).map_err(Fault::internal)
}

fn to_text_of(binding: &Binding, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match binding.scalar {
        Scalar::Timestamp(format) => from_text(&text).map_or(text, |moment| to_text(moment, format)),
        _ => text,
    }
}

fn to_status(value: &Value) -> fault::Result<u16> {
    let status = value.as_u64().and_then(|status| u16::try_from(status).ok());
    status.ok_or_else(|| Fault::internal("a status member is no HTTP status"))
}
