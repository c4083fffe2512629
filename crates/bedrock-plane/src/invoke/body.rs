//! A body that is sent to a model in its maker's format.

use std::collections::BTreeMap;

use fault::{Fault, Result, ValidationReason};
use inference::Attribution;
use restjson::{Call, Sensitive, Value};
use stdx::ByteStream;

use crate::family::{About, Family, Wanted};
use crate::whom;

pub(super) const JSON: &str = "application/json";
/// The longest body, in bytes.
const LONGEST: usize = 25_000_000;

/// What `InvokeModel` and its streaming sister have in common.
pub(super) struct Sent {
    pub(super) model: String,
    pub(super) body: ByteStream,
    pub(super) content_type: Option<String>,
    pub(super) accept: Option<String>,
    pub(super) metadata: Option<Sensitive<String>>,
}

impl Sent {
    /// What is asked for, and for whom.
    pub(super) async fn read(self, call: &Call) -> Result<(Wanted, Attribution)> {
        only_json("contentType", self.content_type.as_deref())?;
        only_json("accept", self.accept.as_deref())?;
        let metadata: Option<BTreeMap<String, String>> = match &self.metadata {
            Some(text) => Some(serde_json::from_str(text.expose()).map_err(|_| {
                Fault::field("requestMetadata", "must be a JSON object whose members are texts")
            })?),
            None => None,
        };
        let whom = whom::attribution(call, metadata.as_ref());
        let body = self.body.collect(LONGEST).await.map_err(|error| {
            let message = format!("The body broke off or is longer than {LONGEST} bytes.");
            Fault::invalid(ValidationReason::CannotParse, message).because(error)
        })?;
        let body: Value = serde_json::from_slice(&body).map_err(|error| {
            let message = format!("The body is not valid JSON: {error}.");
            Fault::invalid(ValidationReason::CannotParse, message)
        })?;
        let about = About { model: &self.model, id: call.request_id(), created: call.received().as_secs() };
        Ok((Family::of(&self.model, &body)?.read(body, &about)?, whom))
    }
}

/// Bodies are JSON, whatever the caller's library says about characters or takes beside it.
fn only_json(member: &str, media_type: Option<&str>) -> Result<()> {
    let kind = media_type.map_or(JSON, |text| text.split([';', ',']).next().unwrap_or("").trim());
    match kind {
        "" | "*/*" | JSON => Ok(()),
        other => Err(Fault::field(member, format!("can only be {JSON}, not {other}"))),
    }
}
