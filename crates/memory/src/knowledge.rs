//! Knowledge: documents that are added to a memory, kept as records that are found like all others.
//!
//! ```text
//!  put ──▶ read apart from the server, cut into pieces ──▶ content into a blob ──▶ one batch:
//!            the document, its claim on the blob, and for each piece a record (in place of the old ones)
//! ```
//!
//! So a document is there as a whole or not at all, whenever a server is killed, and whoever searches while one is
//! replaced finds the old or the new one. Since its pieces are records, they are indexed, streamed and counted as
//! records are; somebody may remove one by hand, which the document survives.

mod delete;
mod document;
mod forget;
mod list;
mod pieces;
mod put;
mod rows;

pub use document::{Document, DocumentName, NameError};
pub use list::DocumentPage;
pub use put::NewDocument;

pub(crate) use rows::PIECES;
