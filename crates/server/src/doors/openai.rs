//! OpenAI's API, with keys of ours.

use std::io;
use std::time::Duration;

use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use hyper::body::Incoming;
use inference::{Answer as ModelAnswer, Attribution, Inference as _, ModelError};
use openai_door::embeddings::Embed;
use openai_door::{Call, Named, Refusal, Route, Stamp, models};

use crate::body::{Answer, incoming};
use crate::services::{Answered, Services};

/// The longest body that is read, in bytes: a conversation with some pictures in it.
const LONGEST: usize = 32 << 20;
/// How much of a longer body is read and forgotten, so that a client that sends it all hears the answer.
const LONGEST_IN_VAIN: usize = 256 << 20;
/// How long a body may take.
const BODY_TIMEOUT: Duration = Duration::from_mins(5);
/// How many letters set an answer apart from others.
const ID_LETTERS: usize = 24;
/// When models were made: nobody knows, and the API has no word for that.
const UNKNOWN_TIME: i64 = 0;

const SESSION: &str = "x-amzn-bedrock-agentcore-runtime-session-id";
const USER: &str = "x-amzn-bedrock-agentcore-runtime-user-id";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Clients of this API try again on their own after some statuses, unless this says no.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Whether a request that carries no signature is for this door.
pub(crate) fn is_for(path: &str) -> bool {
    path.starts_with(Route::PREFIX)
}

pub(crate) async fn answer(services: &Services, parts: &Parts, body: Incoming, request_id: &str) -> Answered {
    let route = Route::of(parts.method.as_str(), parts.uri.path());
    let operation = route.as_ref().map_or("Unknown", Route::name);
    let served = match admit(services, &parts.headers).await {
        Ok(account) => serve(services, parts, body, route, &account).await,
        Err(refusal) => Err(refusal),
    };
    let mut response = served.unwrap_or_else(|refusal| refused(&refusal, operation, request_id));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    Answered { door: "openai", operation, response }
}

/// The account whose key the request shows.
async fn admit(services: &Services, headers: &HeaderMap) -> Result<String, Refusal> {
    const HOW: &str = "`freehold env` prints the key of the data directory's owner as OPENAI_API_KEY, \
                       `freehold keys create NAME` makes another one.";
    let presented = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
    let key =
        presented.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim());
    let Some(key) = key else {
        let message = format!("The request has no API key: send `Authorization: Bearer KEY`. {HOW}");
        return Err(Refusal::unauthorized(message));
    };
    match services.holder(key).await {
        Ok(Some(account)) => Ok(account),
        Ok(None) => Err(Refusal::unauthorized(format!(
            "The API key is none of this server, or no longer: it may have expired or been revoked. {HOW}"
        ))),
        Err(fault) => {
            tracing::error!(%fault, source = ?std::error::Error::source(&fault), "an API key was not looked up");
            Err(Refusal::internal())
        }
    }
}

async fn serve(
    services: &Services,
    parts: &Parts,
    body: Incoming,
    route: Result<Route, Refusal>,
    account: &str,
) -> Result<Response<Answer>, Refusal> {
    let whom = |named| attribution(services, named, &parts.headers, account);
    match route? {
        Route::Chat => converse(services, Call::chat(&read(&parts.headers, body).await?)?, whom).await,
        Route::Responses => {
            converse(services, Call::responses(&read(&parts.headers, body).await?)?, whom).await
        }
        Route::Embeddings => {
            let wanted = Embed::parse(&read(&parts.headers, body).await?)?;
            let whom = whom(wanted.named.clone());
            let vectors = services.models.embed(&wanted.model, &wanted.texts, wanted.purpose, &whom).await;
            Ok(json(wanted.document(&vectors.map_err(|error| told(&error))?)?))
        }
        Route::Models => {
            let names = names(services).await;
            Ok(json(models::list(names.iter().map(String::as_str), UNKNOWN_TIME).to_string()))
        }
        Route::Model(id) => {
            let names = names(services).await;
            let model = models::show(names.iter().map(String::as_str), &id, UNKNOWN_TIME)?;
            Ok(json(model.to_string()))
        }
    }
}

async fn converse(
    services: &Services,
    call: Call,
    whom: impl FnOnce(Named) -> Attribution,
) -> Result<Response<Answer>, Refusal> {
    let (request, named, writer) = call.split();
    let stamp = Stamp { id: services.rng.alphanumeric(ID_LETTERS), created: services.clock.now().as_secs() };
    let events = services.models.converse(request, &whom(named)).await.map_err(|error| told(&error))?;
    if writer.streams() {
        let mut response = Response::new(Answer::Stream(writer.stream(&stamp, events)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        return Ok(response);
    }
    let answer = ModelAnswer::collect(events).await.map_err(|error| told(&error))?;
    Ok(json(writer.document(&stamp, &answer)?))
}

/// Every name that can be asked for.
async fn names(services: &Services) -> Vec<String> {
    let listed = services.models.list().await;
    let aliases = listed.aliases.into_iter().map(|alias| alias.name);
    aliases.chain(listed.embedders.into_iter().map(|embedder| embedder.name)).collect()
}

fn attribution(services: &Services, named: Named, headers: &HeaderMap, account: &str) -> Attribution {
    let header = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
    let claimed = Attribution {
        account: account.to_owned(),
        agent: named.agent,
        session: named.session.or_else(|| header(SESSION)),
        user: named.user.or_else(|| header(USER)),
    };
    match &services.inside {
        Some(session) => session.attribute(claimed),
        None => claimed,
    }
}

async fn read(headers: &HeaderMap, body: Incoming) -> Result<bytes::Bytes, Refusal> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let body = incoming(body);
    let read = async {
        if announced.is_some_and(|length| length > LONGEST) {
            drain(body).await;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        body.collect(LONGEST).await
    };
    match tokio::time::timeout(BODY_TIMEOUT, read).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if error.kind() == io::ErrorKind::FileTooLarge => Err(Refusal::too_large(LONGEST)),
        Ok(Err(_)) => Err(Refusal::invalid("The request's body broke off.")),
        Err(_) => Err(Refusal::invalid("The request's body took too long.")),
    }
}

async fn drain(mut body: stdx::ByteStream) {
    let mut read = 0;
    while let Some(Ok(chunk)) = body.next().await {
        read += chunk.len();
        if read > LONGEST_IN_VAIN {
            return;
        }
    }
}

/// What the caller is told of a failure; the log gets its cause, too.
fn told(error: &ModelError) -> Refusal {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::info!(%error, kind = ?error.kind(), cause, "a model did not answer");
    Refusal::from(error)
}

fn refused(refusal: &Refusal, operation: &str, request_id: &str) -> Response<Answer> {
    tracing::info!(status = refusal.status, reason = refusal.message(), operation, request_id, "refused");
    let mut response = json(refusal.document());
    *response.status_mut() =
        StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Some(wait) = refusal.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)));
    }
    if !refusal.is_transient {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    response
}

fn json(document: impl Into<bytes::Bytes>) -> Response<Answer> {
    let mut response = Response::new(Answer::whole(document));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
