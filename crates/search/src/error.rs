//! Why something cannot be searched or written.

use inference::EmbedderId;

use crate::collection::CollectionName;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The vectors in the collection are of another embedder. Write the collection anew with one of them.
    #[error("collection {collection} has vectors of {has}; {came} cannot be compared with them")]
    OtherEmbedder {
        /// Which collection.
        collection: CollectionName,
        /// Whose vectors it has.
        has: Box<EmbedderId>,
        /// Whose came.
        came: Box<EmbedderId>,
    },
    /// The files of a collection cannot be read as what they should be. Remove it and write it anew.
    #[error("collection {collection} is damaged: {what}")]
    Damaged {
        /// Which collection.
        collection: CollectionName,
        /// What is wrong.
        what: String,
    },
    /// The disk is full.
    #[error("the disk of the search index is full")]
    DiskFull,
    /// Anything else.
    #[error("collection {collection}: {what}")]
    Failed {
        /// Which collection.
        collection: CollectionName,
        /// What failed.
        what: String,
    },
}
