//! Why a model was not pulled, in words for whoever asked for it.

use std::io;
use std::path::{Path, PathBuf};

use super::Digest;
use crate::error::LoadError;

/// Why a model was not pulled. Nothing was left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// The name cannot be a directory's.
    #[error("{name:?} cannot be a model's name: use letters, digits, '-', '_' and '.', no dot at the front")]
    Name {
        /// The name.
        name: String,
    },
    /// There is something of that name.
    #[error("{} is there already; remove it first, or choose another name", .directory.display())]
    Exists {
        /// The directory.
        directory: PathBuf,
    },
    /// What was asked for is none of the things that models come from.
    #[error("{what}")]
    Source {
        /// What is wrong with it.
        what: String,
    },
    /// The bytes are not the ones that were asked for.
    #[error(
        "the archive's SHA-256 is {found}, not {expected}: it is not what it should be, and was thrown away"
    )]
    Digest {
        /// What was asked for.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// The server does not answer as it should.
    #[error("{url}: {what}")]
    Server {
        /// Where, without credentials.
        url: String,
        /// What went wrong.
        what: String,
        /// Why.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// What comes has no end.
    #[error("{url} has more than {limit} bytes")]
    TooLarge {
        /// Where, without credentials.
        url: String,
        /// The most that is taken.
        limit: u64,
    },
    /// The package index has nothing that fits.
    #[error("{0}")]
    NotInIndex(String),
    /// The archive is not one that can be unpacked.
    #[error(transparent)]
    Archive(#[from] artifact::ArtifactError),
    /// There is no model in it, or more than one.
    #[error("there are {0} model directories in it (with a modules.json each), where one is expected")]
    Models(usize),
    /// The model cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Something cannot be read.
    #[error("{} cannot be read", .path.display())]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The model cannot be written.
    #[error("the model cannot be written: {0}")]
    Write(#[source] io::Error),
    /// The program is ending.
    #[error("the program is ending")]
    Interrupted,
}

impl PullError {
    /// Somebody else may have been quicker.
    pub(super) fn renaming(error: io::Error, target: &Path) -> Self {
        match error.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => {
                Self::Exists { directory: target.to_owned() }
            }
            _ => Self::Write(error),
        }
    }

    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }
}
