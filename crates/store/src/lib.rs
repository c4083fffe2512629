//! The storage port: what every service asks of a database, and nothing more.
//!
//! Rows live in *spaces* (one per kind of thing), are found by a textual key, and are read in key order. A write is
//! a [`Batch`]: it happens as a whole or not at all, on the condition that the rows it names are still what the
//! writer saw. When [`Store::commit`] returns, the batch survives a crash of the process and of the machine.
//!
//! Large contents do not belong in rows: they go to the [`Blobs`] area under their own digest.
//!
//! Beside the port is what services do with rows alike: [`claims`] on blobs, client tokens ([`idempotency`]), [`tags`],
//! and another try after a conflict ([`retry_on_conflict`]).
//!
//! What is absent here on purpose: queries, joins, secondary indexes. A service that looks a thing up in two ways
//! writes two rows in one batch.

pub mod blobs;
pub mod claims;
#[cfg(feature = "contract")]
pub mod contract;
pub mod error;
#[cfg(feature = "gate")]
pub mod gate;
pub mod idempotency;
pub mod key;
pub mod memory;
mod retry;
pub mod row;
pub mod table;
pub mod tags;

use stdx::BoxFuture;

pub use blobs::{BlobHasher, BlobInfo, Blobs, Digest};
pub use error::StoreError;
pub use key::{Key, KeyRange, Space};
pub use retry::retry_on_conflict;
pub use row::{Batch, Expect, Revision, Row, Write};
pub use table::{Entry, Table};

/// Rows in spaces. Engines: in memory, SQLite, later PostgreSQL; each passes the contract suite.
pub trait Store: Send + Sync + 'static {
    /// The row under `key`, if there is one.
    fn get<'a>(&'a self, space: Space, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>, StoreError>>;

    /// The row under each of these keys, if there is one, in their order and all as of one moment.
    fn get_many<'a>(
        &'a self,
        space: Space,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, StoreError>>;

    /// At most `limit` rows of `range`, in ascending order of their keys' bytes.
    fn range<'a>(
        &'a self,
        space: Space,
        range: &'a KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>>;

    /// Writes the whole batch durably, or nothing: [`StoreError::Conflict`] names the first row that was not as
    /// expected. Steps happen in order and each sees the ones before it. Every row written gets the returned
    /// revision, which is greater than that of any batch committed before.
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, StoreError>>;
}
