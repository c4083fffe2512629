//! Bedrock's API for asking models, for callers that sign and for those that show a key of ours.

use std::io;
use std::time::Duration;

use authn::{AuthError, Presented, Request as Signed};
use fault::{Fault, Kind, ValidationReason};
use http::Response;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http_body::Body as _;
use hyper::body::Incoming;
use restjson::{Body, Caller, OperationSpec, Route};
use stdx::Timestamp;

use super::agentcore;
use crate::body::{Answer, incoming};
use crate::inside::Session;
use crate::services::{Answered, Services};

/// What requests to `bedrock-runtime` and to `bedrock` are signed for.
pub(crate) const SIGNING_NAME: &str = "bedrock";

const DOOR: &str = "bedrock";

/// How long a body may take.
const BODY_TIMEOUT: Duration = Duration::from_mins(5);

/// The first segments of Bedrock's paths.
const FAMILIES: [&str; 6] =
    ["model", "guardrail", "guardrail-checks", "async-invoke", "foundation-models", "inference-profiles"];

/// Whether a request that carries no signature is for this door: one of Bedrock's paths, with a key.
pub(crate) fn is_for(parts: &Parts) -> bool {
    let family = parts.uri.path().split('/').nth(1).unwrap_or("");
    FAMILIES.contains(&family) && bearer(parts).is_some()
}

fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, key) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Why a request is not served.
enum Refusal {
    /// Its signature does not hold.
    Auth(AuthError),
    /// Its body is not what was signed, or could not be read.
    Body(Option<Route>, io::Error),
    /// Anything else.
    Fault(Option<&'static OperationSpec>, Fault),
}

pub(crate) async fn answer(
    services: &Services,
    parts: Parts,
    body: Incoming,
    presented: Option<Presented>,
    request_id: &str,
) -> Answered {
    let received = services.clock.now();
    let admitted = async {
        match presented {
            Some(presented) => by_signature(services, &parts, body, &presented).await,
            None => by_key(services, &parts, body).await,
        }
    };
    let admitted = tokio::time::timeout(BODY_TIMEOUT, admitted).await;
    let admitted = admitted.unwrap_or_else(|_| {
        let message = "The request's body took too long.";
        Err(Refusal::Fault(None, Fault::invalid(ValidationReason::CannotParse, message)))
    });
    match admitted {
        Ok(admitted) => serve(services, parts, admitted, received, request_id).await,
        Err(Refusal::Auth(error)) => Answered { door: DOOR, ..agentcore::refuse(&error, request_id) },
        Err(Refusal::Body(route, error)) => match AuthError::find(&error) {
            Some(error) => Answered { door: DOOR, ..agentcore::refuse(error, request_id) },
            None => {
                let fault = agentcore::body_fault(error, agentcore::longest(route.as_ref()));
                refused(route.map(|route| route.spec), fault, request_id)
            }
        },
        Err(Refusal::Fault(spec, fault)) => refused(spec, fault, request_id),
    }
}

/// A request whose sender is proven, with its body.
struct Admitted {
    path: String,
    caller: Caller,
    body: Body,
}

async fn by_signature(
    services: &Services,
    parts: &Parts,
    body: Incoming,
    presented: &Presented,
) -> Result<Admitted, Refusal> {
    let signed = Signed::from(parts).bodyless(body.is_end_stream());
    let verified = services.verifier.verify(&signed, presented).await.map_err(Refusal::Auth)?;
    let path = verified.path(parts.uri.path()).to_owned();
    let route = services.bedrock.resolve(&parts.method, &path).ok();
    let caller = agentcore::caller(services, &verified.principal);
    let body = agentcore::read(services, &parts.headers, route.as_ref(), body, verified.body).await;
    match body {
        Ok(body) => Ok(Admitted { path, caller, body }),
        Err(error) => Err(Refusal::Body(route, error)),
    }
}

async fn by_key(services: &Services, parts: &Parts, body: Incoming) -> Result<Admitted, Refusal> {
    const NOT_OURS: &str = "The API key is none of this server, or no longer: it may have expired or been \
                            revoked. `freehold env` and `freehold keys create NAME` print keys.";
    let path = parts.uri.path().to_owned();
    let route = services.bedrock.resolve(&parts.method, &path).ok();
    let spec = route.as_ref().map(|route| route.spec);
    let found = services.holder(bearer(parts).unwrap_or_default()).await;
    let Some(account) = found.map_err(|fault| Refusal::Fault(spec, fault))? else {
        return Err(Refusal::Fault(spec, Fault::new(Kind::AccessDenied, NOT_OURS)));
    };
    let caller = Caller {
        arn: format!("arn:aws:iam::{account}:root"),
        account,
        access_key_id: None,
        session: services.inside.as_deref().map(Session::calling),
    };
    let longest = agentcore::longest(route.as_ref());
    let body = agentcore::bounded(incoming(body), longest);
    if route.as_ref().is_some_and(Route::wants_stream) {
        return Ok(Admitted { path, caller, body: Body::Stream(body) });
    }
    match body.collect(usize::try_from(longest).unwrap_or(usize::MAX)).await {
        Ok(body) => Ok(Admitted { path, caller, body: Body::Whole(body) }),
        Err(error) => Err(Refusal::Body(route, error)),
    }
}

async fn serve(
    services: &Services,
    parts: Parts,
    admitted: Admitted,
    received: Timestamp,
    request_id: &str,
) -> Answered {
    let Admitted { path, caller, body } = admitted;
    let route = match services.bedrock.resolve(&parts.method, &path) {
        Ok(route) => route,
        Err(miss) => return answered(None, miss.into_response(request_id)),
    };
    let context = agentcore::context(services, &parts, caller, request_id, received);
    let query = parts.uri.query().unwrap_or("").to_owned();
    let request = restjson::Request { path, query, headers: agentcore::headers(parts.headers), body };
    let response = services.bedrock.dispatch(route, request, context).await;
    if let Some(fault) = &response.fault {
        agentcore::report(fault, route.spec.name, request_id);
    }
    answered(Some(route.spec), response)
}

fn refused(spec: Option<&'static OperationSpec>, fault: Fault, request_id: &str) -> Answered {
    agentcore::report(&fault, spec.map_or("Unknown", |spec| spec.name), request_id);
    answered(spec, restjson::Response::from_fault(spec, fault, request_id))
}

fn answered(spec: Option<&'static OperationSpec>, response: restjson::Response) -> Answered {
    let restjson::Response { status, headers, body, .. } = response;
    let mut response = Response::new(Answer::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Answered { door: DOOR, operation: spec.map_or("Unknown", |spec| spec.name), response }
}
