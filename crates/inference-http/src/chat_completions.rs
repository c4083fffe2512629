//! OpenAI's chat completions, which every other server speaks, too: vLLM, llama.cpp, Ollama, DeepSeek, Mistral,
//! OpenRouter and many more.
//!
//! What the format has no place for: pictures and documents from tools follow in the user's turn; thoughts do not go
//! back; that a tool failed is said in words.

mod content;
mod events;
mod request;
mod tools;

use std::sync::Arc;

use inference::{Events, ModelError, Provider, Request};
use stdx::BoxFuture;

pub use events::ChunkReader;

use crate::authorize::HeaderKey;
use crate::client::Content;
use crate::whole::Whole;
use crate::{Http, Secret, sse};

/// Where OpenAI is.
pub const BASE_URL: &str = "https://api.openai.com/v1";

/// Models behind a server of chat completions.
#[derive(Clone)]
pub struct ChatCompletions {
    http: Http,
    key: Arc<HeaderKey>,
    dialect: Dialect,
}

/// Where OpenAI itself and those who follow it differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI: `max_completion_tokens`, and an unknown member is an error.
    OpenAi,
    /// Everybody else: `max_tokens`, and `top_k` where the caller sets it.
    Compatible,
}

impl ChatCompletions {
    /// Models behind this connection, with this API key if the server wants one. The dialect is OpenAI's where the
    /// host is.
    pub fn new(http: Http, key: Option<Secret>) -> Self {
        let dialect = Dialect::of(http.host());
        Self { http, key: Arc::new(HeaderKey::bearer(key)), dialect }
    }

    /// The same in another dialect.
    #[must_use]
    pub fn with_dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }
}

impl Dialect {
    fn of(host: &str) -> Self {
        let is_openai = [".openai.com", ".openai.azure.com"].iter().any(|end| host.ends_with(end));
        if is_openai { Self::OpenAi } else { Self::Compatible }
    }
}

impl Provider for ChatCompletions {
    fn converse<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Events, ModelError>> {
        Box::pin(async move {
            let body = request::ask(request, self.dialect);
            let incoming = self.http.send(&self.http.post("/chat/completions", &body)?, &*self.key).await?;
            let reader = ChunkReader::new(format!("call-{}", self.http.rng().alphanumeric(12)));
            match incoming.content() {
                Content::EventStream => Ok(incoming.events(sse::Reader::new(), reader)),
                // Some servers cannot stream, or not together with tools.
                Content::Json => Ok(incoming.events(Whole::new(), reader)),
                Content::Other(_) => Err(incoming.unexpected()),
            }
        })
    }

    fn count_tokens<'a>(&'a self, _request: &'a Request) -> BoxFuture<'a, Result<Option<u64>, ModelError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialect_is_openai_s_where_the_host_is() {
        for host in ["api.openai.com", "eu.api.openai.com", "ours.openai.azure.com"] {
            assert_eq!(Dialect::of(host), Dialect::OpenAi, "{host}");
        }
        for host in ["localhost", "openrouter.ai", "notopenai.com", "api.openai.com.example"] {
            assert_eq!(Dialect::of(host), Dialect::Compatible, "{host}");
        }
    }
}
