//! Anthropic's words for what goes wrong within an answer.

use inference::{ErrorKind, ModelError};
use serde::Deserialize;

/// What an `error` event reports.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    #[serde(rename = "type")]
    word: String,
    message: String,
}

impl From<Report> for ModelError {
    fn from(report: Report) -> Self {
        let kind = match report.word.as_str() {
            "invalid_request_error" => ErrorKind::Invalid,
            "request_too_large" => ErrorKind::ContextTooLong,
            "authentication_error" | "permission_error" | "billing_error" => ErrorKind::AccessDenied,
            "not_found_error" => ErrorKind::UnknownModel,
            "rate_limit_error" => ErrorKind::Throttled { retry_after: None },
            "timeout_error" => ErrorKind::Timeout,
            "overloaded_error" | "api_error" => ErrorKind::Unavailable,
            _ => ErrorKind::Failed,
        };
        let message = format!("it broke off its answer: {} ({})", report.message, report.word);
        Self::new(kind, message)
    }
}
