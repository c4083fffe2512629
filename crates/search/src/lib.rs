//! The search port: texts, and vectors where there are any, found by how well they fit a question.
//!
//! An engine keeps *collections* of documents. It is never the truth: what it holds can be thrown away and written
//! again from the rows of whoever owns the documents.
//!
//! What is absent here on purpose: memories, records, accounts; where vectors come from.

pub mod collection;
#[cfg(feature = "contract")]
pub mod contract;
pub mod document;
pub mod error;
pub mod memory;
pub mod place;
pub mod query;

use stdx::BoxFuture;

pub use collection::{CollectionInfo, CollectionName};
pub use document::{Change, Document, Value};
pub use error::SearchError;
pub use memory::MemoryIndex;
pub use query::{Filter, Found, Hit, Mode, Query, Scope, Test};

/// An engine.
pub trait SearchIndex: Send + Sync + 'static {
    /// Applies the changes in order. When this returns they are durable and found. Applying them once more changes
    /// nothing. A collection begins to exist with its first change.
    fn write<'a>(
        &'a self,
        collection: &'a CollectionName,
        changes: Vec<Change>,
    ) -> BoxFuture<'a, Result<(), SearchError>>;

    /// The documents that fit best, best first. A collection that does not exist has none.
    fn search<'a>(
        &'a self,
        collection: &'a CollectionName,
        query: Query,
    ) -> BoxFuture<'a, Result<Found, SearchError>>;

    /// What is in a collection; `None` for one that does not exist.
    fn describe<'a>(
        &'a self,
        collection: &'a CollectionName,
    ) -> BoxFuture<'a, Result<Option<CollectionInfo>, SearchError>>;

    /// Removes a collection. One that does not exist is no error.
    fn remove<'a>(&'a self, collection: &'a CollectionName) -> BoxFuture<'a, Result<(), SearchError>>;

    /// Every collection there is.
    fn collections(&self) -> BoxFuture<'_, Result<Vec<CollectionName>, SearchError>>;

    /// Writes what is in memory only and lets go of files. Nothing may be asked afterwards.
    fn close(&self) -> BoxFuture<'_, ()>;
}
