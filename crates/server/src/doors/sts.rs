//! STS.

use authn::{AuthError, Presented, Request as Signed};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use hyper::body::Incoming;

use crate::body::{Answer, incoming};
use crate::services::{Answered, Services};

/// The longest form that is read, in bytes.
const LONGEST: usize = 64 * 1024;

pub(crate) async fn answer(
    services: &Services,
    parts: &Parts,
    body: Incoming,
    presented: &Presented,
    request_id: &str,
) -> Answered {
    let answer = match form(services, parts, body, presented).await {
        Ok((form, principal)) => sts_door::answer(&form, &principal, request_id),
        Err(error) => sts_door::refusal(&error, request_id),
    };
    let mut response = Response::new(Answer::whole(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    Answered { door: "sts", operation: "Sts", response }
}

async fn form(
    services: &Services,
    parts: &Parts,
    body: Incoming,
    presented: &Presented,
) -> Result<(String, std::sync::Arc<authn::Principal>), AuthError> {
    let signed = Signed::from(parts);
    // What cannot be read whole cannot be what was signed.
    let bytes = incoming(body).collect(LONGEST).await.map_err(|_| AuthError::PayloadMismatch)?;
    let (principal, bytes) = services.verifier.verify_whole(&signed, presented, bytes).await?;
    let form = if parts.method == Method::POST {
        String::from_utf8_lossy(&bytes).into_owned()
    } else {
        parts.uri.query().unwrap_or("").to_owned()
    };
    Ok((form, principal))
}
