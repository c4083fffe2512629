//! The door to models for clients that speak OpenAI's API: chat completions, responses, embeddings, models.
//!
//! ```text
//!  bytes ──▶ chat, responses ──▶ inference::Request ──▶ …  ──▶ Events ──▶ one document, or server-sent events
//!  bytes ──▶ embeddings ──────▶ texts ────────────────▶ …  ──▶ vectors ──▶ one document
//! ```
//! Knows no transport and calls nothing: who serves asks [`Route`] where a request goes, has the body understood,
//! asks the model, and hands the answer back to be written. Nothing is stored, so whatever would need an earlier
//! answer is refused; members that are not known are ignored, as the API's own servers do.

#![forbid(unsafe_code)]

mod attribution;
mod body;
mod call;
mod chat;
mod data_url;
pub mod embeddings;
pub mod models;
mod refusal;
mod responses;
mod route;
mod sse;
mod turns;

pub use attribution::Named;
pub use call::{Call, Writer};
pub use refusal::Refusal;
pub use route::Route;

/// What sets an answer apart from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Some letters and digits that no other answer has.
    pub id: String,
    /// When the request came, in seconds since 1970.
    pub created: i64,
}
