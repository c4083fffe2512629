//! How preparing images fails.

use std::io;
use std::path::{Path, PathBuf};

/// What went wrong, with what to do about it where there is something.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// A program that this needs is not installed.
    #[error("{tool} is missing; install the package {package}")]
    MissingTool {
        /// The program.
        tool: &'static str,
        /// The Debian package it comes in.
        package: &'static str,
    },
    /// A program failed.
    #[error("{tool} failed ({status}): {output}")]
    ToolFailed {
        /// The program.
        tool: &'static str,
        /// How it ended.
        status: String,
        /// Its last lines.
        output: String,
    },
    /// There are no images in the directory yet.
    #[error("there are no images in {}; prepare them first", .0.display())]
    NotPrepared(PathBuf),
    /// Somebody else is preparing this directory.
    #[error("{} is being prepared by another process", .0.display())]
    Busy(PathBuf),
    /// The index is of another format or damaged.
    #[error("the index {} cannot be read: {reason}", path.display())]
    BadIndex {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The kernel package does not hold what is expected.
    #[error("the kernel package lacks {0}")]
    KernelLacks(String),
    /// What was given is no usable image.
    #[error("not a usable image: {0}")]
    BadImage(String),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What happened.
        #[source]
        source: io::Error,
    },
}

/// Names the file that an operation failed on.
pub(crate) trait On<T> {
    /// Says that it was `path`.
    fn on(self, path: impl AsRef<Path>) -> Result<T, ImageError>;
}

impl<T, E: Into<io::Error>> On<T> for Result<T, E> {
    fn on(self, path: impl AsRef<Path>) -> Result<T, ImageError> {
        self.map_err(|error| ImageError::Io { path: path.as_ref().to_owned(), source: error.into() })
    }
}
