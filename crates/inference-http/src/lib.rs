//! Remote providers of models behind the inference port: each wire format is a module, and all of them share one
//! HTTP client.
//!
//! An adapter has two halves that know nothing of each other: it writes a [`Request`](inference::Request) down in the
//! provider's words, and it reads what comes back, piece by piece, as [`Event`](inference::Event)s. The second half is
//! a pure machine ([`decode::Decoder`]) over frames that another pure machine ([`decode::Framing`]) cuts out of the
//! bytes; neither waits nor knows where the bytes come from. What waits is in [`client`]: connections, time limits,
//! retries, and the promise that a secret which was sent is in no error.
//!
//! What is absent on purpose: aliases, fallbacks, prices. A refused request is tried again only while nothing of an
//! answer has been seen.

pub mod anthropic;
pub mod authorize;
pub mod bedrock;
pub mod chat_completions;
pub mod client;
pub mod connection;
pub mod decode;
pub mod gemini;
pub mod openai_embeddings;
pub mod responses;
pub mod secret;
pub mod sse;
pub mod whole;
pub mod writer;

mod claude;
mod extra;
mod instructions;
mod openai_words;
mod proof;

pub use anthropic::Anthropic;
pub use authorize::Authorize;
pub use bedrock::{Bedrock, BedrockCredentials, BedrockEmbedder};
pub use chat_completions::ChatCompletions;
pub use client::Http;
pub use connection::{Connection, Timeouts};
pub use gemini::Gemini;
pub use openai_embeddings::OpenAiEmbedder;
pub use responses::Responses;
pub use secret::Secret;
