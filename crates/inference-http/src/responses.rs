//! OpenAI's responses, used without state on their side: nothing is stored there, and thoughts go back encrypted.
//!
//! What the format has no place for: texts that end an answer, which are refused; the seed and `top_k`, which are wishes
//! and left out; that a tool failed, which is said in words.

mod content;
mod events;
mod item;
mod request;

use std::sync::Arc;

use inference::{ErrorKind, Events, ModelError, Provider, Request};
use serde::Deserialize;
use stdx::BoxFuture;

pub use events::EventReader;

use crate::authorize::HeaderKey;
use crate::client::Content;
use crate::whole::Whole;
use crate::{Http, Secret, sse};

/// Whose proof the proofs of thoughts are.
const PROOF: &str = "openai";

/// Models behind a server of responses.
#[derive(Clone)]
pub struct Responses {
    http: Http,
    key: Arc<HeaderKey>,
}

#[derive(Deserialize)]
struct Count {
    input_tokens: u64,
}

impl Responses {
    /// Models behind this connection, with this API key if the server wants one.
    pub fn new(http: Http, key: Option<Secret>) -> Self {
        Self { http, key: Arc::new(HeaderKey::bearer(key)) }
    }
}

impl Provider for Responses {
    fn converse<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Events, ModelError>> {
        Box::pin(async move {
            let body = request::ask(request)?;
            let incoming = self.http.send(&self.http.post("/responses", &body)?, &*self.key).await?;
            match incoming.content() {
                Content::EventStream => Ok(incoming.events(sse::Reader::new(), EventReader::new())),
                Content::Json => Ok(incoming.events(Whole::new(), EventReader::new())),
                Content::Other(_) => Err(incoming.unexpected()),
            }
        })
    }

    fn count_tokens<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Option<u64>, ModelError>> {
        Box::pin(async move {
            let body = request::count(request)?;
            let count = self.http.post("/responses/input_tokens", &body)?;
            match self.http.send(&count, &*self.key).await {
                Ok(mut incoming) => Ok(Some(incoming.json::<Count>().await?.input_tokens)),
                // Only OpenAI itself counts.
                Err(error) if *error.kind() == ErrorKind::UnknownModel => Ok(None),
                Err(error) => Err(error),
            }
        })
    }
}
