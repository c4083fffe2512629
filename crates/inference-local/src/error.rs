//! Why a model directory is not loaded, in words for the person who put it there.

use std::io;
use std::path::PathBuf;

use crate::weights::WeightsError;

/// What is supported, said wherever something else was found.
const SUPPORTED: &str = "supported are sentence-transformers directories with a BERT model (model_type \"bert\", absolute \
                         positions, GELU), mean or CLS pooling, and weights in one model.safetensors";

/// Why a model directory was not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file that belongs to a model is not there.
    #[error("{} is missing; {SUPPORTED}", .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The directory holds weights only as a pickle, which is a program, not data.
    #[error(
        "{} is a pickle: reading it would run whatever program it holds, so it is never read; take the model's \
         model.safetensors instead",
        .path.display()
    )]
    Pickle {
        /// The pickle.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is larger than any that makes sense here.
    #[error("{} has {bytes} bytes; the limit is {limit}", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The most that is read.
        limit: u64,
    },
    /// A file is not the JSON that it should be.
    #[error("{} is not understood: {source}", .path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// The model is of a kind that is not supported.
    #[error("{what}; {SUPPORTED}")]
    Unsupported {
        /// What was found.
        what: String,
    },
    /// The model's numbers about itself contradict each other or are out of all proportion.
    #[error("{} is wrong: {what}", .path.display())]
    Wrong {
        /// The file that says so.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The weights are not what the configuration asks for.
    #[error("{} is wrong: {source}", .path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: WeightsError,
    },
    /// The operating system gives no threads.
    #[error("no threads for the model")]
    Threads(#[source] io::Error),
}
