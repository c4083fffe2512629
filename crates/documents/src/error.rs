//! Why a document cannot be read.

use serde::{Deserialize, Serialize};

/// Why a document cannot be read. Tells nothing of what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadError {
    /// It has too many bytes.
    #[error("the document has more than {most} bytes")]
    TooLarge {
        /// The most that are read.
        most: usize,
    },
    /// It has too much text.
    #[error("the document has more than {most} bytes of text: divide it")]
    TooLong {
        /// The most that is read.
        most: usize,
    },
    /// It has too many pages.
    #[error("the document has more than {most} pages: divide it")]
    TooManyPages {
        /// The most that are read.
        most: usize,
    },
    /// It falls into too many pieces.
    #[error("the document falls into more than {most} pieces: divide it")]
    TooManyPieces {
        /// The most that are kept.
        most: usize,
    },
    /// It is no text.
    #[error("the document is not UTF-8: byte {at} is part of no character")]
    NotUtf8 {
        /// Where that shows.
        at: usize,
    },
    /// It is locked.
    #[error("the document is encrypted with a password")]
    Encrypted,
    /// It is not what it is said to be.
    #[error("the document is no valid {0}")]
    Damaged(crate::Format),
    /// There is nothing to read in it.
    #[error("the document has no text; pictures of text are not read")]
    Empty,
    /// Reading took too long, or too much memory.
    #[error("the document takes too much time or memory to read")]
    TooMuchWork,
}
