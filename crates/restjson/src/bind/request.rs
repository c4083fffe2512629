//! Lifts a request into one document: the body's members, and over them labels, query and headers.

use std::borrow::Cow;

use fault::{Fault, FieldFault, ValidationReason};
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use stdx::ByteStream;

use crate::message::{Body, Request};
use crate::spec::{Binding, Location, OperationSpec, Payload, Scalar};

/// A request's input as a document, and its payload if that is raw bytes.
#[derive(Debug)]
pub(crate) struct Lifted {
    pub(crate) document: Value,
    pub(crate) stream: Option<ByteStream>,
}

/// Lifts a request to this operation.
pub(crate) fn lift(spec: &OperationSpec, request: &mut Request) -> fault::Result<Lifted> {
    let body = std::mem::replace(&mut request.body, Body::Whole(bytes::Bytes::new()));
    let (mut members, stream) = lift_body(spec.request, body)?;
    let mut faults = Vec::new();
    for (member, raw) in spec.labels(&request.path) {
        match decode(raw) {
            Some(text) => {
                members.insert(member.to_owned(), Value::String(text.into_owned()));
            }
            None => faults.push(not_text(member)),
        }
    }
    for binding in spec.input {
        members.remove(binding.member);
        let lifted = match binding.location {
            Location::Query(name) => from_query(binding, name, &request.query),
            Location::Header(name) => from_header(binding, name, &request.headers),
            Location::Status => Ok(None),
        };
        match lifted {
            Ok(Some(value)) => {
                members.insert(binding.member.to_owned(), value);
            }
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(Lifted { document: Value::Object(members), stream })
    } else {
        Err(Fault::fields(faults))
    }
}

fn lift_body(payload: Payload, body: Body) -> fault::Result<(Map<String, Value>, Option<ByteStream>)> {
    match payload {
        Payload::None => Ok((Map::new(), None)),
        Payload::Blob(_) => Ok((Map::new(), Some(body.into_stream()))),
        Payload::Members => match parse(body)? {
            None => Ok((Map::new(), None)),
            Some(Value::Object(members)) => Ok((members, None)),
            Some(_) => Err(unreadable("The request's body is not a JSON object.")),
        },
        Payload::Document(member) | Payload::Events(member) => {
            let document = parse(body)?.map(|document| (member.to_owned(), document));
            Ok((Map::from_iter(document), None))
        }
    }
}

fn parse(body: Body) -> fault::Result<Option<Value>> {
    let Body::Whole(bytes) = body else {
        return Err(Fault::internal("the body of a document arrived as a stream"));
    };
    if bytes.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| unreadable(&format!("The request's body is not valid JSON: {error}.")))
}

fn unreadable(message: &str) -> Fault {
    Fault::invalid(ValidationReason::CannotParse, message)
}

fn not_text(member: &str) -> FieldFault {
    FieldFault { name: member.to_owned(), message: "must be UTF-8 text once it is decoded".to_owned() }
}

fn decode(raw: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(raw).decode_utf8().ok()
}

fn from_query(binding: &Binding, name: &str, query: &str) -> Result<Option<Value>, FieldFault> {
    let mut texts = Vec::new();
    for pair in query.split('&') {
        let (key, raw) = pair.split_once('=').unwrap_or((pair, ""));
        if decode(key).is_some_and(|key| key == name) {
            texts.push(decode(raw).ok_or_else(|| not_text(binding.member))?);
        }
    }
    if binding.many {
        let list: Vec<_> = texts.into_iter().map(|text| scalar(binding.scalar, &text)).collect();
        return Ok((!list.is_empty()).then_some(Value::Array(list)));
    }
    Ok(texts.first().map(|text| scalar(binding.scalar, text)))
}

fn from_header(binding: &Binding, name: &str, headers: &HeaderMap) -> Result<Option<Value>, FieldFault> {
    let mut list = Vec::new();
    for value in headers.get_all(name) {
        let text = std::str::from_utf8(value.as_bytes()).map_err(|_| not_text(binding.member))?;
        if !binding.many {
            return Ok(Some(scalar(binding.scalar, text)));
        }
        list.extend(text.split(',').map(|item| scalar(binding.scalar, item.trim())));
    }
    Ok((!list.is_empty()).then_some(Value::Array(list)))
}

/// The text as the JSON value that a body would hold. What does not read stays text, and the member's type refuses it.
fn scalar(scalar: Scalar, text: &str) -> Value {
    let read = match scalar {
        Scalar::Text | Scalar::Timestamp(_) => None,
        Scalar::Integer => text.parse::<i64>().ok().map(Value::from),
        Scalar::Number => text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Value::Number),
        Scalar::Boolean => text.parse::<bool>().ok().map(Value::Bool),
    };
    read.unwrap_or_else(|| Value::String(text.to_owned()))
}
