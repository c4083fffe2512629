//! The hand-written runtime for AWS's rest-json protocol.
//!
//! The API crates hold what the generator writes: an [`OperationSpec`] for each operation and, for each shape, how it
//! reads from and writes to a JSON document. Everything else happens here, once: routing on the raw path, lifting
//! labels, query and headers into the document, checking constraints, and turning results, faults and event streams
//! into responses.
//!
//! What this crate does not know: which operations exist, who serves them, who is calling and over what connection.

pub mod call;
pub mod document;
pub mod error;
pub mod eventstream;
pub mod fingerprint;
pub mod handle;
pub mod message;
pub mod page;
pub mod registry;
pub mod rule;
pub mod spec;
pub mod timestamp;

mod bind;
mod router;

pub use call::{Call, Caller, CallingSession, Context};
pub use document::{FromDocument, IntoDocument, Reader, Sensitive, from_document};
pub use error::ErrorShape;
pub use eventstream::{EventStream, IntoEvent};
pub use fingerprint::Fingerprint;
pub use handle::{Handle, IntoReply, Operation, Reply};
pub use message::{Body, Request, Response};
pub use page::PageTokens;
pub use registry::{Coverage, Registry, Route};
pub use rule::{Pattern, Rule};
pub use spec::OperationSpec;
pub use timestamp::Iso8601;

/// What the shapes read from and write to, and what opaque members are.
pub use serde_json::Value;
