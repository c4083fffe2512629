//! Which of our errors a refusal is.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use inference::ErrorKind;

use super::message::Told;

/// How providers say that a conversation is too long, in their code or message.
const TOO_LONG: [&str; 8] = [
    "context_length_exceeded",
    "context length",
    "context window",
    "prompt is too long",
    "input is too long",
    "too many input tokens",
    "input token count",
    "exceed context limit",
];

/// How providers say that it is not haste but money that is wrong, so that waiting is no use.
const NO_MONEY: [&str; 3] = ["insufficient_quota", "billing_hard_limit_reached", "insufficient_balance"];

/// How AWS says that it does not know the model, which it does not say with 404.
const NO_MODEL: [&str; 3] = ["model identifier is invalid", "model_not_found", "does not support this model"];

/// Which error it is.
pub(super) fn of(status: StatusCode, told: &Told, retry_after: Option<Duration>) -> ErrorKind {
    match status.as_u16() {
        400 | 413 | 422 if says(told, &TOO_LONG) => ErrorKind::ContextTooLong,
        400 | 422 if says(told, &NO_MODEL) => ErrorKind::UnknownModel,
        // Google's word for a key that is none comes with 400.
        400 if says(told, &["api key not valid", "api_key_invalid"]) => ErrorKind::AccessDenied,
        401..=403 | 407 => ErrorKind::AccessDenied,
        404 => ErrorKind::UnknownModel,
        408 | 504 => ErrorKind::Timeout,
        424 => ErrorKind::Failed,
        409 | 425 | 500..=599 => ErrorKind::Unavailable,
        429 => ErrorKind::Throttled { retry_after },
        400..=499 => ErrorKind::Invalid,
        _ => ErrorKind::Malformed,
    }
}

/// Which error it is, where there is no status and only a name says so.
pub(super) fn named(told: &Told) -> ErrorKind {
    let code = told.code.as_deref().unwrap_or_default();
    match code {
        _ if says(told, &TOO_LONG) => ErrorKind::ContextTooLong,
        "request_too_large" => ErrorKind::ContextTooLong,
        "rate_limit_exceeded" | "rate_limit_error" => ErrorKind::Throttled { retry_after: None },
        "model_not_found" | "not_found_error" => ErrorKind::UnknownModel,
        "invalid_api_key" | "authentication_error" | "permission_error" | "billing_error" => {
            ErrorKind::AccessDenied
        }
        "server_error" | "api_error" | "overloaded_error" | "service_unavailable" => ErrorKind::Unavailable,
        "timeout_error" => ErrorKind::Timeout,
        "BadRequestError" => ErrorKind::Invalid,
        code if code.starts_with("invalid_") => ErrorKind::Invalid,
        _ => ErrorKind::Failed,
    }
}

/// Whether the same request may be answered a little later.
pub(super) fn is_worth_another_try(status: StatusCode, told: &Told, headers: &HeaderMap) -> bool {
    // OpenAI and Anthropic say so themselves where they know better than the status.
    match headers.get("x-should-retry").map(http::HeaderValue::as_bytes) {
        Some(b"true") => return true,
        Some(b"false") => return false,
        _ => {}
    }
    match status.as_u16() {
        429 => !says(told, &NO_MONEY),
        501 | 505 => false,
        408 | 409 | 500..=599 => true,
        _ => false,
    }
}

fn says(told: &Told, phrases: &[&str]) -> bool {
    let said = [&told.code, &told.message].into_iter().flatten().map(|text| text.to_ascii_lowercase());
    said.into_iter().any(|text| phrases.iter().any(|phrase| text.contains(phrase)))
}
