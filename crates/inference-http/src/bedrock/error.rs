//! Bedrock's exceptions within an answer.

use inference::{ErrorKind, ModelError};
use serde_json::Value;

/// The error that this exception is.
pub(super) fn exception(name: &str, payload: &[u8]) -> ModelError {
    let kind = match name {
        "throttlingException" => ErrorKind::Throttled { retry_after: None },
        "serviceUnavailableException" | "internalServerException" => ErrorKind::Unavailable,
        "validationException" => ErrorKind::Invalid,
        "modelTimeoutException" => ErrorKind::Timeout,
        // `modelStreamErrorException`, and what is yet to come.
        _ => ErrorKind::Failed,
    };
    ModelError::new(kind, format!("it broke off its answer: {} ({name})", message(payload)))
}

/// The message: a member of the JSON, or, of an error without a shape, all there is.
fn message(payload: &[u8]) -> String {
    let body: Value = serde_json::from_slice(payload).unwrap_or_default();
    let said = ["message", "Message", "originalMessage"].iter().find_map(|name| body.get(name)?.as_str());
    said.map_or_else(|| String::from_utf8_lossy(payload).into_owned(), str::to_owned)
}
