//! What a provider says when it does not answer.

mod kind;
mod message;
mod wait;

use http::StatusCode;
use http::header::LOCATION;
use inference::{ErrorKind, ModelError};
use serde_json::Value;

use super::patience::Again;
use super::{Failure, Incoming};
use message::Told;

/// The most that is read of a refusal's body.
const LARGEST: usize = 64 << 10;

/// Reads a refusal: which error it is for the caller, and whether to ask again.
pub(super) async fn read(mut incoming: Incoming) -> Failure {
    // A body that does not arrive takes nothing away from what the status says.
    let body = incoming.beginning(LARGEST).await.unwrap_or_default();
    let status = incoming.status();
    let told = Told::read(incoming.headers(), &body);
    let retry_after = wait::retry_after(incoming.headers(), incoming.now()).or(told.retry_after);
    let kind = kind::of(status, &told, retry_after);
    let again = match retry_after {
        _ if !kind::is_worth_another_try(status, &told, incoming.headers()) => Again::No,
        Some(wish) => Again::After(wish),
        None => Again::Soon,
    };
    let what = match (&told.message, incoming.headers().get(LOCATION)) {
        (None, Some(_)) if status.is_redirection() => {
            format!("it answered {status}, a redirection, which is not followed; is base-url right?")
        }
        (None, _) => format!("it answered {status}"),
        (Some(message), _) => format!("it answered {status}: {message}"),
    };
    let hint = match kind {
        ErrorKind::AccessDenied => " (is the API key right?)",
        _ => "",
    };
    Failure { error: incoming.error(kind, &format!("{what}{hint}")), again }
}

/// A failure that a provider reports within an answer, or as an answer of status 200.
pub(crate) fn reported(body: &Value) -> ModelError {
    let told = Told::of(body);
    let number =
        ["code", "status"].iter().find_map(|name| body.get("error").unwrap_or(body).get(*name)?.as_u64());
    let status = number.and_then(|number| StatusCode::from_u16(u16::try_from(number).ok()?).ok());
    let kind = match status.filter(|status| status.is_client_error() || status.is_server_error()) {
        Some(status) => kind::of(status, &told, told.retry_after),
        None => kind::named(&told),
    };
    let message = told.message.or(told.code).unwrap_or_else(|| "no reason given".to_owned());
    ModelError::new(kind, format!("it reported a failure: {message}"))
}
