//! The storage port on SQLite and a directory of blobs.
//!
//! A data directory holds `lock` (one server at a time), `store.db` with its log, and `blobs/`. Writes go through one
//! thread that commits all the batches waiting for it together, so that many writers share one disk flush; reads
//! go past it on connections of their own.

mod blobs;
mod directory;
mod error;
mod lock;
mod migrations;
mod reader;
mod sql;
mod sqlite;
mod writer;

pub use blobs::{DirectoryBlobs, GRACE};
pub use error::OpenError;
pub use sqlite::SqliteStore;
