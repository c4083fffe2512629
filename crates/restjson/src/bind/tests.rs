//! Every place and form that a member can travel in, the ones that today's models do not use included.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use serde_json::{Value, json};
use stdx::ByteStream;

use super::{answer, lift};
use crate::handle::Reply;
use crate::message::{Body, Request};
use crate::spec::{Binding, Location, OperationSpec, Payload, Scalar, Segment, Service};
use crate::timestamp::Format;

const fn bound(member: &'static str, location: Location, scalar: Scalar, many: bool) -> Binding {
    Binding { member, location, scalar, many }
}

const HEADER_DATE: Binding =
    bound("date", Location::Header("x-date"), Scalar::Timestamp(Format::HttpDate), false);

static SPEC: OperationSpec = OperationSpec {
    name: "Everything",
    service: Service::Data,
    method: Method::POST,
    path: &[Segment::Literal("things"), Segment::Label("thing"), Segment::Literal("")],
    success: 201,
    errors: &[],
    token: Some("clientToken"),
    input: &[
        bound("count", Location::Query("max"), Scalar::Integer, false),
        bound("ratio", Location::Query("ratio"), Scalar::Number, false),
        bound("deep", Location::Query("deep"), Scalar::Boolean, false),
        bound("since", Location::Query("since"), Scalar::Timestamp(Format::DateTime), false),
        bound("tags", Location::Query("tag"), Scalar::Text, true),
        bound("numbers", Location::Header("x-numbers"), Scalar::Integer, true),
        HEADER_DATE,
    ],
    request: Payload::Members,
    output: &[
        bound("status", Location::Status, Scalar::Integer, false),
        bound("tags", Location::Header("x-tags"), Scalar::Text, true),
        bound("contentType", Location::Header("content-type"), Scalar::Text, false),
        HEADER_DATE,
    ],
    response: Payload::Members,
};

fn with_payloads(request: Payload, response: Payload) -> OperationSpec {
    OperationSpec { request, response, method: Method::POST, ..SPEC }
}

fn request(target: &str, headers: &[(&'static str, &str)], body: &str) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a header value")));
    let body = Body::Whole(Bytes::copy_from_slice(body.as_bytes()));
    Request { path: path.to_owned(), query: query.to_owned(), headers: headers.collect::<HeaderMap>(), body }
}

fn lifted(target: &str, headers: &[(&'static str, &str)], body: &str) -> Value {
    lift(&SPEC, &mut request(target, headers, body)).expect("a request that can be lifted").document
}

#[test]
fn every_place_ends_up_in_the_document() {
    let target = "/things/a%2Fb%3Ac+d/?max=7&ratio=0.5&deep=true&since=2026-01-01T00%3A00%3A00Z&tag=x&tag=y%20z&other=1";
    let headers = [("x-numbers", "1, 2,3"), ("x-date", "Thu, 01 Jan 2026 00:00:00 GMT")];
    let expected = json!({
        "name": "n",
        "thing": "a/b:c+d",
        "count": 7,
        "ratio": 0.5,
        "deep": true,
        "since": "2026-01-01T00:00:00Z",
        "tags": ["x", "y z"],
        "numbers": [1, 2, 3],
        "date": "Thu, 01 Jan 2026 00:00:00 GMT",
    });
    assert_eq!(lifted(target, &headers, r#"{"name":"n"}"#), expected);
}

#[test]
fn a_body_cannot_stand_in_for_another_place() {
    let body = r#"{"thing":"forged","count":9,"date":0}"#;
    assert_eq!(lifted("/things/real/", &[], body), json!({ "thing": "real" }));
}

#[test]
fn an_empty_body_has_no_members() {
    assert_eq!(lifted("/things/x/", &[], ""), json!({ "thing": "x" }));
}

#[test]
fn the_first_of_several_values_counts() {
    assert_eq!(lifted("/things/x/?max=1&max=2", &[], "")["count"], 1);
}

#[test]
fn what_does_not_read_is_left_for_the_member_to_refuse() {
    let document = lifted("/things/x/?max=many&deep=perhaps", &[], "");
    assert_eq!((&document["count"], &document["deep"]), (&json!("many"), &json!("perhaps")));
}

#[test]
fn a_single_member_can_be_the_document() {
    let spec = with_payloads(Payload::Document("body"), Payload::None);
    let lifted = lift(&spec, &mut request("/things/x/", &[], "[1]")).expect("lifted");
    assert_eq!(lifted.document, json!({ "thing": "x", "body": [1] }));
}

#[tokio::test]
async fn raw_bytes_are_not_looked_at() {
    let spec = with_payloads(Payload::Blob("payload"), Payload::None);
    let lifted = lift(&spec, &mut request("/things/x/", &[], "{ not json")).expect("lifted");
    let stream = lifted.stream.expect("a stream");
    assert_eq!(stream.collect(100).await.expect("readable"), "{ not json");
}

#[test]
fn headers_and_status_leave_the_body() {
    let document = json!({
        "name": "n", "status": 206, "tags": ["x", "y"], "date": 1_767_225_600,
    });
    let response = answer(&SPEC, document.into(), "request-1").expect("an answer");
    assert_eq!(response.status, 206);
    let header = |name: &str| response.headers[name].to_str().expect("a text").to_owned();
    assert_eq!(header("x-tags"), "x, y");
    assert_eq!(header("x-date"), "Thu, 01 Jan 2026 00:00:00 GMT");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("x-amzn-requestid"), "request-1");
    let Body::Whole(body) = response.body else { panic!("documents are whole") };
    assert_eq!(body, r#"{"name":"n"}"#);
}

#[test]
fn without_status_and_members_there_is_the_operations_status_and_no_body() {
    let response =
        answer(&with_payloads(Payload::None, Payload::None), json!({}).into(), "r").expect("an answer");
    assert_eq!(response.status, 201);
    assert!(!response.headers.contains_key("content-type"));
    assert!(matches!(response.body, Body::Whole(body) if body.is_empty()));
}

#[test]
fn a_stream_keeps_the_content_type_that_was_asked_for() {
    let spec = with_payloads(Payload::None, Payload::Blob("payload"));
    let reply = |document| Reply { document, stream: Some(ByteStream::empty()) };
    let own = answer(&spec, reply(json!({ "contentType": "text/plain" })), "r").expect("an answer");
    assert_eq!(own.headers["content-type"], "text/plain");
    let none = answer(&spec, reply(json!({})), "r").expect("an answer");
    assert_eq!(none.headers["content-type"], "application/octet-stream");
}

#[test]
fn a_header_that_would_break_the_message_is_our_fault() {
    let document = json!({ "tags": ["x\r\nset-cookie: y"] });
    assert!(answer(&SPEC, document.into(), "r").is_err());
}
