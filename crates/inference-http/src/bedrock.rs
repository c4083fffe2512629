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
            let ask = self.http.post(&path(&request.model, "count-tokens"), &request::count(request)?)?;
            match self.http.send(&ask, &*self.proof).await {
                Ok(mut incoming) => incoming.json().await.map(|count: Count| Some(count.input_tokens)),
                Err(error) if cannot_count(&error) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }
}

/// Not every model of Bedrock's can count. It has no name for that, only a sentence.
fn cannot_count(error: &ModelError) -> bool {
    *error.kind() == ErrorKind::Invalid && error.message().contains("support counting tokens")
}

/// The path of an operation on a model; a model's id may be an ARN, with colons and slashes.
fn path(model: &str, operation: &str) -> String {
    format!("/model/{}/{operation}", utf8_percent_encode(model, PLAIN))
}
