//! What goes wrong below, and what it is to whoever asked.

use std::io::{self, ErrorKind};
use std::path::Path;

use inference::EmbedderId;
use search::{CollectionName, SearchError};
use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};

/// With less than so many bytes left, a failure whose reason is not known is the full disk's.
const LITTLE: u64 = 1 << 20;

/// What went wrong in a collection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Tantivy(#[from] TantivyError),
    #[error("its state is not as it was written: {0}")]
    State(#[from] serde_json::Error),
    #[error("{has} and {came} cannot be compared")]
    OtherEmbedder { has: Box<EmbedderId>, came: Box<EmbedderId> },
    #[error("{0}")]
    Refused(&'static str),
    /// Somebody removed the collection, or failed to write to it, meanwhile.
    #[error("it has to be opened again")]
    Retired,
}

impl Cause {
    /// As the port has it.
    pub(crate) fn of(self, collection: &CollectionName, directory: &Path) -> SearchError {
        let collection = collection.clone();
        let kind = self.kind();
        match self {
            Self::OtherEmbedder { has, came } => SearchError::OtherEmbedder { collection, has, came },
            Self::Refused(what) => SearchError::Failed { collection, what: what.to_owned() },
            _ if kind.is_some_and(is_full) => SearchError::DiskFull,
            cause if cause.is_damage() => SearchError::Damaged { collection, what: cause.to_string() },
            _ if kind.is_none() && is_nearly_full(directory) => SearchError::DiskFull,
            cause => SearchError::Failed { collection, what: cause.to_string() },
        }
    }

    /// What the system said, where it said something.
    fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Io(error) => Some(error.kind()),
            Self::Tantivy(
                TantivyError::IoError(error)
                | TantivyError::OpenReadError(OpenReadError::IoError { io_error: error, .. })
                | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: error, .. })
                | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error: error, .. })
                | TantivyError::LockFailure(LockError::IoError(error), _),
            ) => Some(error.kind()),
            _ => None,
        }
    }

    /// Whether the files are not what they should be.
    fn is_damage(&self) -> bool {
        let missing = [ErrorKind::InvalidData, ErrorKind::UnexpectedEof, ErrorKind::NotFound];
        match self {
            Self::State(_) => true,
            Self::Tantivy(
                TantivyError::DataCorruption(_)
                | TantivyError::IncompatibleIndex(_)
                | TantivyError::DeserializeError(_)
                | TantivyError::SchemaError(_)
                | TantivyError::FieldNotFound(_)
                | TantivyError::InternalError(_)
                | TantivyError::OpenReadError(
                    OpenReadError::FileDoesNotExist(_) | OpenReadError::IncompatibleIndex(_),
                ),
            ) => true,
            cause => cause.kind().is_some_and(|kind| missing.contains(&kind)),
        }
    }
}

fn is_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

/// A thread of tantivy's that fails says so without saying why.
fn is_nearly_full(directory: &Path) -> bool {
    rustix::fs::statvfs(directory).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < LITTLE)
}
