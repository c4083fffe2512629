//! How storage fails.

use crate::key::{Key, Space};

/// A storage failure, with what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row was not as expected. Read again and decide anew.
    #[error("row {key} of {} is not as expected", space.name())]
    Conflict {
        /// The space of the row.
        space: Space,
        /// Its key.
        key: Key,
    },
    /// The disk is full; nothing was written. Make room and try again.
    #[error("the disk is full: nothing was written")]
    Full,
    /// The blob is not stored.
    #[error("no blob {0}")]
    NoBlob(crate::Digest),
    /// The content does not have the digest it was announced with; nothing was kept.
    #[error("the content's digest is {actual}, not {expected}")]
    Mismatch {
        /// What was announced.
        expected: crate::Digest,
        /// What came.
        actual: crate::Digest,
    },
    /// The producer of a blob's content failed; nothing was kept.
    #[error("the content could not be read")]
    Source(#[source] std::io::Error),
    /// A stored row or file cannot be read as what it should be.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// The engine failed.
    #[error("the storage engine failed")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for fault::Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => Self::new(
                fault::Kind::ConcurrentModification,
                "The resource was changed by another request. Read it again and retry.",
            )
            .because(error),
            StoreError::Full => Self::new(
                fault::Kind::Unavailable,
                "The server's disk is full: nothing was written. Retry once there is room.",
            )
            .because(error),
            other => Self::internal(other),
        }
    }
}
