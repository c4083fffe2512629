//! The inference port: what is said to a model, what it answers, and what a provider of models promises.
//!
//! Everything is plain data in the shape of a conversation with content blocks, the richest of the wire formats in
//! use (Bedrock's Converse), so that nothing is lost on the way from a door to a provider. Answers are always
//! streams of [`Event`]s; who wants a whole answer collects it ([`Answer::collect`]).
//!
//! What is absent on purpose: names that agents use for models, fallbacks, budgets, prices. They are the `models`
//! service's, which stands between the callers and the providers and is itself an [`Inference`].

pub mod answer;
pub mod embedding;
pub mod error;
pub mod event;
pub mod message;
pub mod provider;
pub mod request;

pub use answer::Answer;
pub use embedding::{Embedder, EmbedderId, Embedding, Purpose};
pub use error::{ErrorKind, ModelError};
pub use event::{BlockStart, Delta, Event, Events, StopReason, Usage};
pub use message::{Content, Document, Image, Message, Reasoning, Role, ToolOutput, ToolResult, ToolUse};
pub use provider::{Attribution, Inference, Provider};
pub use request::{Cache, Output, Request, Sampling, Thinking, Tool, ToolChoice};
