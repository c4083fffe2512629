//! Reading bodies whose format is not in the service model.

use fault::{Fault, Result};
use inference::Sampling;
use restjson::Value;
use serde::de::DeserializeOwned;

/// The body as its format has it.
pub(super) fn read<T: DeserializeOwned>(body: Value) -> Result<T> {
    serde_json::from_value(body).map_err(|error| Fault::field("body", error.to_string()))
}

/// A member of the body that cannot be served.
pub(super) fn refuse<T>(member: &str, why: &str) -> Result<T> {
    Err(Fault::field(format!("body.{member}"), why))
}

/// Bytes that a body holds as text.
pub(super) fn bytes(member: &str, text: &str) -> Result<bytes::Bytes> {
    use base64::Engine as _;
    let decoded = base64::engine::general_purpose::STANDARD.decode(text);
    decoded.map(Into::into).map_err(|_| Fault::field(format!("body.{member}"), "must be base64"))
}

/// What most formats say about how an answer is chosen, whatever they call it.
pub(super) fn sampling(
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u32>,
    stop: Vec<String>,
) -> Sampling {
    Sampling { max_tokens, temperature, top_p, top_k, stop, seed: None }
}
