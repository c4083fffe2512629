//! How opening a data directory fails, and what SQLite's errors mean to the port.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;
use store::StoreError;

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be made or written to.
    #[error("the data directory {path} cannot be used")]
    Directory {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another server runs on it.
    #[error("the data directory {path} is in use by another server (process {process})")]
    InUse {
        /// Which one.
        path: PathBuf,
        /// What the other server says of itself.
        process: String,
    },
    /// A newer program wrote the database.
    #[error(
        "the database has schema {found}, this program knows {known}: use the newer program that wrote it"
    )]
    Newer {
        /// The database's schema.
        found: usize,
        /// The newest one known here.
        known: usize,
    },
    /// The file is no database, or a broken one.
    #[error("the database is damaged: {0}")]
    Damaged(#[source] rusqlite::Error),
    /// SQLite failed.
    #[error("the database cannot be opened")]
    Database(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error),
            _ => Self::Database(error),
        }
    }
}

/// The store is closing or closed.
#[derive(Debug, thiserror::Error)]
#[error("the store is closed")]
pub(crate) struct Closed;

pub(crate) fn closed() -> StoreError {
    StoreError::Engine(Box::new(Closed))
}

/// What an error of SQLite means to the port.
pub(crate) fn from_sqlite(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(error.to_string()),
        _ => StoreError::Engine(Box::new(error)),
    }
}

/// What an error of the file system means to the port.
pub(crate) fn from_io(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Engine(Box::new(error)),
    }
}
