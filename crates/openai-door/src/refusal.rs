//! Errors in OpenAI's shape.

use std::time::Duration;

use inference::{ErrorKind, ModelError};
use serde_json::{Value, json};

/// A call that is not served, with what the caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// How long the caller should wait before it tries again, if anybody knows.
    pub retry_after: Option<Duration>,
    /// Whether the same call may succeed later: clients try again on their own after some statuses.
    pub is_transient: bool,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
}

impl Refusal {
    fn new(status: u16, kind: &'static str, code: Option<&'static str>, message: impl Into<String>) -> Self {
        let is_transient = status == 429 || status >= 500;
        Self { status, retry_after: None, is_transient, kind, code, param: None, message: message.into() }
    }

    /// The request is not one that can be served.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", None, message)
    }

    /// A member of the request is at fault.
    pub(crate) fn member(path: impl Into<String>, message: impl std::fmt::Display) -> Self {
        let path = path.into();
        let message = format!("{path}: {message}");
        Self { param: Some(path), ..Self::invalid(message) }
    }

    /// The caller shows no key, or none that is valid.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", Some("invalid_api_key"), message)
    }

    /// The body is longer than `longest` bytes.
    pub fn too_large(longest: usize) -> Self {
        let message = format!("The request's body is longer than {longest} bytes.");
        Self::new(413, "invalid_request_error", Some("request_too_large"), message)
    }

    /// Nothing is there.
    pub(crate) fn no_path(message: impl Into<String>) -> Self {
        Self::new(404, "invalid_request_error", Some("unknown_url"), message)
    }

    /// Something is there, for another method.
    pub(crate) fn no_method(message: impl Into<String>) -> Self {
        Self::new(405, "invalid_request_error", Some("method_not_supported"), message)
    }

    /// No such model.
    pub(crate) fn no_model(message: impl Into<String>) -> Self {
        Self { param: Some("model".to_owned()), ..Self::new(404, INVALID, Some("model_not_found"), message) }
    }

    /// Our fault; the log says why.
    pub fn internal() -> Self {
        Self::new(500, "server_error", None, "The service failed to handle the request. Its log says why.")
    }

    /// What the caller is told.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// A word for what went wrong, for programs.
    pub(crate) fn code(&self) -> Option<&'static str> {
        self.code
    }

    /// The error as the value of a member `error`.
    pub(crate) fn to_value(&self) -> Value {
        let Self { kind, code, param, message, .. } = self;
        json!({ "message": message, "type": kind, "param": param, "code": code })
    }

    /// The body of an answer.
    pub fn document(&self) -> Vec<u8> {
        json!({ "error": self.to_value() }).to_string().into_bytes()
    }
}

const INVALID: &str = "invalid_request_error";
const OURS: &str = "server_error";

impl From<&ModelError> for Refusal {
    fn from(error: &ModelError) -> Self {
        let refusal = |status, kind, code| Self::new(status, kind, code, error.message());
        match error.kind() {
            ErrorKind::NotConfigured | ErrorKind::UnknownModel => Self::no_model(error.message()),
            ErrorKind::Invalid => refusal(400, INVALID, None),
            ErrorKind::ContextTooLong => refusal(400, INVALID, Some("context_length_exceeded")),
            ErrorKind::AccessDenied => refusal(403, "permission_error", Some("provider_access_denied")),
            ErrorKind::BudgetExceeded => {
                let spent = refusal(429, "insufficient_quota", Some("insufficient_quota"));
                Self { is_transient: false, ..spent }
            }
            ErrorKind::Throttled { retry_after } => {
                Self { retry_after: *retry_after, ..refusal(429, "requests", Some("rate_limit_exceeded")) }
            }
            ErrorKind::Timeout => refusal(504, OURS, Some("timeout")),
            ErrorKind::Unavailable => refusal(503, OURS, Some("service_unavailable")),
            ErrorKind::Malformed | ErrorKind::Failed => refusal(502, OURS, Some("model_error")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_a_status_that_clients_understand() {
        let wait = Some(Duration::from_secs(7));
        for (kind, status, code, transient) in [
            (ErrorKind::NotConfigured, 404, Some("model_not_found"), false),
            (ErrorKind::Invalid, 400, None, false),
            (ErrorKind::ContextTooLong, 400, Some("context_length_exceeded"), false),
            (ErrorKind::AccessDenied, 403, Some("provider_access_denied"), false),
            (ErrorKind::UnknownModel, 404, Some("model_not_found"), false),
            (ErrorKind::BudgetExceeded, 429, Some("insufficient_quota"), false),
            (ErrorKind::Throttled { retry_after: wait }, 429, Some("rate_limit_exceeded"), true),
            (ErrorKind::Timeout, 504, Some("timeout"), true),
            (ErrorKind::Unavailable, 503, Some("service_unavailable"), true),
            (ErrorKind::Malformed, 502, Some("model_error"), true),
            (ErrorKind::Failed, 502, Some("model_error"), true),
        ] {
            let refusal = Refusal::from(&ModelError::new(kind.clone(), "why").because("a secret"));
            assert_eq!(
                (refusal.status, refusal.code, refusal.is_transient),
                (status, code, transient),
                "{kind:?}"
            );
            assert_eq!(refusal.retry_after.is_some(), matches!(kind, ErrorKind::Throttled { .. }));
            assert!(!String::from_utf8(refusal.document()).unwrap().contains("secret"));
        }
    }
}
