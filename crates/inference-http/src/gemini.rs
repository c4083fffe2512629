//! Google's Gemini API.
//!
//! Proofs of thoughts hang on Gemini's calls of tools and on its last text, not on thoughts. Here they become (parts
//! of) reasoning blocks, marked as Gemini's: before a tool's block the proof of that call, elsewhere that of the text
//! before. So they come back to where they were.

mod content;
mod events;
mod request;

use std::sync::Arc;

use http::header::HeaderName;
use inference::{Events, ModelError, Provider, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use stdx::BoxFuture;

pub use events::EventReader;

use crate::authorize::HeaderKey;
use crate::client::Content;
use crate::{Http, Secret, sse};

/// Where Gemini is.
pub const BASE_URL: &str = "https://generativelanguage.googleapis.com";

/// What proofs of Gemini's are marked with.
const PROVIDER: &str = "gemini";
/// What need not be encoded in a part of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Google's models.
#[derive(Clone)]
pub struct Gemini {
    http: Http,
    key: Arc<HeaderKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    #[serde(default)]
    total_tokens: u64,
}

impl Gemini {
    /// Models behind this connection, with this API key. The key travels in a header: URLs end up in logs.
    pub fn new(http: Http, key: Secret) -> Self {
        let key = Arc::new(HeaderKey::plain(HeaderName::from_static("x-goog-api-key"), key));
        Self { http, key }
    }
}

impl Provider for Gemini {
    fn converse<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Events, ModelError>> {
        Box::pin(async move {
            let path = format!("/v1beta/{}:streamGenerateContent?alt=sse", resource(&request.model));
            let ask = self.http.post(&path, &request::ask(request)?)?;
            let incoming = self.http.send(&ask, &*self.key).await?;
            match incoming.content() {
                Content::EventStream => {
                    let id_prefix = format!("call-{}", self.http.rng().alphanumeric(12));
                    Ok(incoming.events(sse::Reader::new(), EventReader::new(id_prefix)))
                }
                _ => Err(incoming.unexpected()),
            }
        })
    }

    fn count_tokens<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Option<u64>, ModelError>> {
        Box::pin(async move {
            let resource = resource(&request.model);
            let body = request::count(request, &resource)?;
            let ask = self.http.post(&format!("/v1beta/{resource}:countTokens"), &body)?;
            let count: Count = self.http.send(&ask, &*self.key).await?.json().await?;
            Ok(Some(count.total_tokens))
        })
    }
}

/// The model as a part of a path: `models/…` unless the id says that it is a resource of another kind.
fn resource(model: &str) -> String {
    let (collection, name) = model.split_once('/').unwrap_or(("models", model));
    format!("{}/{}", utf8_percent_encode(collection, PLAIN), utf8_percent_encode(name, PLAIN))
}
