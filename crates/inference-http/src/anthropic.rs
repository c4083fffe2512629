//! Anthropic's Messages API.
//!
//! Two liberties: JSON without a schema is asked for in words, since Anthropic has no switch for it, and thoughts
//! without a proof that they are Anthropic's do not go back, since Anthropic refuses them.

mod content;
mod events;
mod request;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use inference::{Events, ModelError, Provider, Request};
use serde::Deserialize;
use serde_json::Value;
use stdx::BoxFuture;

pub use events::EventReader;

use crate::authorize::{Authorize, HeaderKey};
use crate::client::Content;
use crate::{Http, Secret, sse};

/// Where Anthropic is.
pub const BASE_URL: &str = "https://api.anthropic.com";
/// The most tokens of an answer where nobody says; Anthropic wants to be told, and all its models accept these.
const USUAL_TOKENS: u32 = 4096;

/// Anthropic's models.
#[derive(Clone)]
pub struct Anthropic {
    http: Http,
    key: Arc<HeaderKey>,
    usual_tokens: u32,
}

#[derive(Deserialize)]
struct Count {
    input_tokens: u64,
}

impl Anthropic {
    /// Models behind this connection, with this API key.
    pub fn new(http: Http, key: Secret) -> Self {
        let key = Arc::new(HeaderKey::plain(HeaderName::from_static("x-api-key"), key));
        Self { http, key, usual_tokens: USUAL_TOKENS }
    }

    /// The same with another limit for answers whose length the caller does not limit.
    #[must_use]
    pub fn with_usual_tokens(self, tokens: u32) -> Self {
        Self { usual_tokens: tokens, ..self }
    }

    fn post(&self, path: &str, body: &Value) -> Result<http::Request<Bytes>, ModelError> {
        let mut request = self.http.post(path, body)?;
        request.headers_mut().insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
        Ok(request)
    }

    fn authorize(&self) -> &dyn Authorize {
        &*self.key
    }
}

impl Provider for Anthropic {
    fn converse<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Events, ModelError>> {
        Box::pin(async move {
            let body = request::ask(request, self.usual_tokens)?;
            let incoming = self.http.send(&self.post("/v1/messages", &body)?, self.authorize()).await?;
            match incoming.content() {
                Content::EventStream => Ok(incoming.events(sse::Reader::new(), EventReader::new())),
                _ => Err(incoming.unexpected()),
            }
        })
    }

    fn count_tokens<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Option<u64>, ModelError>> {
        Box::pin(async move {
            let request = self.post("/v1/messages/count_tokens", &request::count(request)?)?;
            let count: Count = self.http.send(&request, self.authorize()).await?.json().await?;
            Ok(Some(count.input_tokens))
        })
    }
}
