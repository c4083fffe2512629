//! AgentCore's own API, and what Freehold adds to it.

use std::io;
use std::sync::Arc;

use authn::{AuthError, Presented, Principal, Request as Signed, Verified};
use fault::{Fault, Kind, ValidationReason};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use restjson::registry::NoRoute;
use restjson::spec::Service;
use restjson::{Body, Caller, Context, OperationSpec, Route};
use stdx::ByteStream;

use crate::body::{Answer, incoming};
use crate::doors::invocations::Invocation;
use crate::doors::remembering;
use crate::inside::{Session, refuse_inside};
use crate::services::{Answered, Services};

/// The longest document that is read, in bytes.
const LONGEST_DOCUMENT: u64 = 16 << 20;
/// The longest conversation, with its pictures and documents.
const LONGEST_CONVERSATION: u64 = 32 << 20;
/// The longest body of an operation that is not AgentCore's: none says more than a few names.
const LONGEST_OF_OURS: u64 = 64 * 1024;
/// How much of a body waits in memory for its proof.
const PROOF_MEMORY: usize = 1 << 20;
/// Bodies beyond the largest payload are not even put aside.
const LONGEST_BODY: u64 = 101_000_000;

const ERROR_TYPE: &str = "x-amzn-errortype";
const DECODED_LENGTH: &str = "x-amz-decoded-content-length";

pub(crate) async fn answer(
    services: &Services,
    parts: Parts,
    body: Incoming,
    presented: Option<Presented>,
    request_id: &str,
) -> Answered {
    let Some(presented) = presented else { return refuse(&AuthError::MissingAuthentication, request_id) };
    let received = services.clock.now();
    let signed = Signed::from(&parts).bodyless(body.is_end_stream());
    let verified = match services.verifier.verify(&signed, &presented).await {
        Ok(verified) => verified,
        Err(error) => return refuse(&error, request_id),
    };
    let path = verified.path(parts.uri.path()).to_owned();
    let route = services.registry.resolve(&parts.method, &path);
    let invocation = {
        let (query, account) = (parts.uri.query().unwrap_or(""), &verified.principal.account);
        Invocation::of(route.as_ref().ok(), &path, query, account, &services.runtime)
    };
    let remembering =
        remembering::Request::of(route.as_ref().ok(), &path, &verified.principal.account, &services.memory);
    let counted = Counted { invocation: invocation.as_ref(), remembering: remembering.as_ref() };
    let proven = Proven { path, route, body, verified, received };
    let mut answered = serve(services, parts, proven, counted, request_id).await;
    if let Some(request) = remembering {
        request.answered(&services.metrics, answered.response.status().as_u16());
    }
    if let Some(invocation) = invocation {
        answered.response = invocation.answered(&services.metrics, answered.response);
    }
    answered
}

/// A request whose sender is proven, and whose body will be.
struct Proven {
    path: String,
    route: Result<Route, NoRoute>,
    body: Incoming,
    verified: Verified,
    received: stdx::Timestamp,
}

/// What a request is counted as.
struct Counted<'a> {
    invocation: Option<&'a Invocation>,
    remembering: Option<&'a remembering::Request>,
}

async fn serve(
    services: &Services,
    parts: Parts,
    proven: Proven,
    counted: Counted<'_>,
    request_id: &str,
) -> Answered {
    let Proven { path, route, body, verified, received } = proven;
    let principal = Arc::clone(&verified.principal);
    let body = match read(services, &parts.headers, route.as_ref().ok(), body, verified.body).await {
        Ok(body) => match counted.invocation {
            Some(invocation) => invocation.inbound(body),
            None => body,
        },
        Err(error) => {
            if let Some(error) = AuthError::find(&error) {
                return refuse(error, request_id);
            }
            let fault = body_fault(error, longest(route.as_ref().ok()));
            let spec = route.as_ref().ok().map(|route| route.spec);
            let response = restjson::Response::from_fault(spec, fault, request_id);
            return answered(spec, response);
        }
    };
    // A stranger learns nothing about which paths exist: routing is answered after the proof.
    let route = match route {
        Ok(route) => route,
        Err(miss) => return answered(None, lost(&path, miss, request_id)),
    };
    let refused = services.inside.as_ref().and_then(|_| refuse_inside(route.spec));
    let throttled = || counted.remembering?.admitted(&services.memory).err();
    if let Some(fault) = refused.or_else(throttled) {
        return answered(
            Some(route.spec),
            restjson::Response::from_fault(Some(route.spec), fault, request_id),
        );
    }
    let context = context(services, &parts, caller(services, &principal), request_id, received);
    let query = parts.uri.query().unwrap_or("").to_owned();
    let request = restjson::Request { path, query, headers: headers(parts.headers), body };
    let response = services.registry.dispatch(route, request, context).await;
    if let Some(fault) = &response.fault {
        report(fault, route.spec.name, request_id);
    }
    answered(Some(route.spec), response)
}

/// A refusal of a caller that was not proven.
pub(crate) fn refuse(error: &AuthError, request_id: &str) -> Answered {
    let body = format!("{{\"message\":{}}}", json_text(&error.message()));
    let mut response = Response::new(Answer::whole(body));
    *response.status_mut() =
        http::StatusCode::from_u16(error.status()).unwrap_or(http::StatusCode::FORBIDDEN);
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ERROR_TYPE, HeaderValue::from_static(error.name()));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    Answered { door: "agentcore", operation: "Refused", response }
}

/// The body as its route wants it, of a caller that is proven.
pub(super) async fn read(
    services: &Services,
    headers: &HeaderMap,
    route: Option<&Route>,
    body: Incoming,
    check: authn::BodyCheck,
) -> io::Result<Body> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let longest = longest(route);
    if announced.is_some_and(|length| length > longest) {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let settled = check.settle(bounded(incoming(body), longest), PROOF_MEMORY, &services.spool).await?;
    if route.is_some_and(Route::wants_stream) {
        return Ok(Body::Stream(settled));
    }
    settled.collect(usize::try_from(longest).unwrap_or(usize::MAX)).await.map(Body::Whole)
}

/// The longest body that a route takes.
pub(super) fn longest(route: Option<&Route>) -> u64 {
    match route {
        Some(route) if route.spec.service == Service::BedrockRuntime => LONGEST_CONVERSATION,
        Some(route) if route.wants_stream() => LONGEST_BODY,
        Some(route) if route.spec.service == Service::Extension => LONGEST_OF_OURS,
        _ => LONGEST_DOCUMENT,
    }
}

/// The answer to a path that leads nowhere. AgentCore's paths are documented elsewhere; ours are told.
fn lost(path: &str, miss: NoRoute, request_id: &str) -> restjson::Response {
    let response = miss.into_response(request_id);
    let ours = path.starts_with(extension_plane::PREFIX) && response.status == http::StatusCode::NOT_FOUND;
    if ours { extension_plane::name_what_exists(response) } else { response }
}

pub(super) fn bounded(body: ByteStream, longest: u64) -> ByteStream {
    use futures_util::StreamExt;
    ByteStream::new(body.scan(longest, |left, chunk| {
        let chunk = chunk.and_then(|chunk| match left.checked_sub(chunk.len() as u64) {
            Some(rest) => {
                *left = rest;
                Ok(chunk)
            }
            None => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
        });
        std::future::ready(Some(chunk))
    }))
}

pub(super) fn body_fault(error: io::Error, longest: u64) -> Fault {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Fault::invalid(
            ValidationReason::CannotParse,
            format!("The request's body is longer than {longest} bytes."),
        ),
        io::ErrorKind::StorageFull => {
            Fault::new(Kind::Unavailable, "The server's disk is full: the body could not be put aside.")
        }
        _ => Fault::invalid(ValidationReason::CannotParse, "The request's body broke off.").because(error),
    }
}

/// What is known of a request before it is dispatched.
pub(super) fn context(
    services: &Services,
    parts: &Parts,
    caller: Caller,
    request_id: &str,
    received: stdx::Timestamp,
) -> Context {
    let named = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = named.or(parts.uri.authority().map(http::uri::Authority::as_str)).unwrap_or("127.0.0.1");
    Context {
        caller,
        region: services.region.clone(),
        request_id: request_id.to_owned(),
        base_url: format!("http://{authority}"),
        received,
    }
}

/// Who signed a request.
pub(super) fn caller(services: &Services, principal: &Principal) -> Caller {
    Caller {
        session: services.inside.as_deref().map(Session::calling),
        account: principal.account.clone(),
        arn: principal.arn.clone(),
        access_key_id: Some(principal.access_key_id.clone()),
    }
}

/// The headers as they are once the body is freed of its framing.
pub(super) fn headers(mut headers: HeaderMap) -> HeaderMap {
    if let Some(length) = headers.get(DECODED_LENGTH).cloned() {
        headers.insert(CONTENT_LENGTH, length);
        headers.remove(CONTENT_ENCODING);
    }
    headers
}

/// The metrics keep our operations apart from AgentCore's: some have the same names.
fn answered(spec: Option<&'static OperationSpec>, response: restjson::Response) -> Answered {
    let ours = spec.is_some_and(|spec| spec.service == Service::Extension);
    let restjson::Response { status, headers, body, .. } = response;
    let mut response = Response::new(Answer::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    let (door, operation) =
        (if ours { "freehold" } else { "agentcore" }, spec.map_or("Unknown", |spec| spec.name));
    Answered { door, operation, response }
}

pub(super) fn report(fault: &Fault, operation: &str, request_id: &str) {
    let source = std::error::Error::source(fault).map(ToString::to_string).unwrap_or_default();
    match fault.kind() {
        Kind::Internal => tracing::error!(%fault, source, operation, request_id, "failed"),
        _ => tracing::info!(%fault, source, operation, request_id, "refused"),
    }
}

fn json_text(text: &str) -> String {
    restjson::Value::from(text).to_string()
}
