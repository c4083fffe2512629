//! Amazon Bedrock: any of its models through Converse.

mod content;
mod credentials;
mod embedder;
mod error;
mod events;
mod format;
mod frames;
mod profile;
mod request;
mod sign;

use std::sync::Arc;

use inference::{ErrorKind, Events, ModelError, Provider, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use stdx::BoxFuture;

pub use credentials::BedrockCredentials;
pub use embedder::BedrockEmbedder;
pub use events::EventReader;
pub use frames::{Frame, FrameReader, Kind};

use crate::Http;
use crate::client::Content;
use sign::AwsProof;

/// What an answer in AWS's frames says it is.
const FRAMES: &str = "application/vnd.amazon.eventstream";
/// What the ids of AWS's inference profiles begin with: where they let a model run.
const GEOGRAPHIES: [&str; 8] = ["global", "us", "us-gov", "eu", "apac", "jp", "au", "ca"];
/// What need not be encoded in a part of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Bedrock's models.
#[derive(Clone)]
pub struct Bedrock {
    http: Http,
    proof: Arc<AwsProof>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    input_tokens: u64,
}

/// Where Bedrock is in this region.
pub fn base_url(region: &str) -> String {
    format!("https://bedrock-runtime.{region}.amazonaws.com")
}

impl Bedrock {
    /// Models behind this connection, in this region, with these credentials.
    pub fn new(http: Http, credentials: BedrockCredentials, region: impl Into<String>) -> Self {
        let proof = AwsProof { credentials, region: region.into(), clock: Arc::clone(http.clock()) };
        Self { http, proof: Arc::new(proof) }
    }
}

impl Provider for Bedrock {
    fn converse<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Events, ModelError>> {
        Box::pin(async move {
            let ask = self.http.post(&path(&request.model, "converse-stream"), &request::ask(request)?)?;
            let incoming = self.http.send(&ask, &*self.proof).await?;
            match incoming.content() {
                Content::Other(kind) if kind == FRAMES => {
                    Ok(incoming.events(FrameReader::new(), EventReader::new()))
                }
                _ => Err(incoming.unexpected()),
            }
        })
    }

    fn count_tokens<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Option<u64>, ModelError>> {
        Box::pin(async move {
            let Some(model) = countable(&request.model) else { return Ok(None) };
            let ask = self.http.post(&path(model, "count-tokens"), &request::count(request)?)?;
            match self.http.send(&ask, &*self.proof).await {
                Ok(mut incoming) => incoming.json().await.map(|count: Count| Some(count.input_tokens)),
                Err(error) if cannot_count(&error) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }
}

/// Not every model of Bedrock's can count, and not everything. It has no name for that, only sentences.
fn cannot_count(error: &ModelError) -> bool {
    let says = |words: &str| error.message().contains(words);
    *error.kind() == ErrorKind::Invalid && (says("support counting tokens") || says("for token counting"))
}

/// The model itself behind an inference profile, of which counting knows nothing; none behind a profile of the
/// caller's own.
fn countable(model: &str) -> Option<&str> {
    if model.contains(":application-inference-profile/") {
        return None;
    }
    let id = model.split_once(":inference-profile/").map_or(model, |(_, id)| id);
    Some(match id.split_once('.') {
        Some((geography, id)) if GEOGRAPHIES.contains(&geography) => id,
        _ => id,
    })
}

/// The path of an operation on a model; a model's id may be an ARN, with colons and slashes.
fn path(model: &str, operation: &str) -> String {
    format!("/model/{}/{operation}", utf8_percent_encode(model, PLAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_behind_profiles_are_counted_with() {
        let arn = "arn:aws:bedrock:us-east-1:123456789012";
        for (model, expected) in [
            ("anthropic.claude-sonnet-4-6-v1:0".to_owned(), Some("anthropic.claude-sonnet-4-6-v1:0")),
            ("us.openai.gpt-5.6-sol".to_owned(), Some("openai.gpt-5.6-sol")),
            (format!("{arn}:inference-profile/global.amazon.nova-2"), Some("amazon.nova-2")),
            (format!("{arn}:application-inference-profile/p1"), None),
            ("plain".to_owned(), Some("plain")),
        ] {
            assert_eq!(countable(&model), expected, "{model}");
        }
    }
}
