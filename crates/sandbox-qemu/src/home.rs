//! The engine's directory, and who owns what in it.
//!
//! ```text
//! lock                      held by the one server that may use the directory
//! layers/NAME.erofs
//! templates/NAME/           manifest.json, ram, state, scratch.ext4
//! sandboxes/ID/             owner.json, scratch.qcow2, and ram, scratch.ext4, code.erofs of its template
//! sandboxes/.spare-…/       the same, of a machine that nobody uses yet
//! snapshots/NAME/           manifest.json, state.zst, scratch.qcow2, perhaps storage.ext4, and the same three
//! storages/NAME.ext4        disks of sandboxes, which outlive them; one that has a second name is a snapshot's
//! .new-…                    anywhere: not finished, never used, removed by the next start
//! ```

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use sandbox::{LayerName, SandboxError, SandboxId, SnapshotName, TemplateName};
use stdx::Rng;

/// Begins the name of whatever is not finished. No name of the port begins with a dot.
pub(crate) const UNFINISHED: &str = ".new-";

/// Begins the name of a machine's directory that has no sandbox's id yet.
const SPARE: &str = ".spare-";

/// The engine's directory.
pub(crate) struct Home {
    root: PathBuf,
    _lock: File,
}

impl Home {
    /// Makes the directory if need be and takes its lock.
    pub(crate) fn open(root: &Path) -> Result<Self, SandboxError> {
        let failed = failed(|| format!("opening the directory {}", root.display()));
        for part in ["layers", "templates", "sandboxes", "snapshots", "storages"] {
            fs::create_dir_all(root.join(part)).map_err(&failed)?;
        }
        let root = root.canonicalize().map_err(&failed)?;
        let lock = File::create(root.join("lock")).map_err(&failed)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
            let text = "another server uses the directory";
            failed(io::Error::new(io::ErrorKind::WouldBlock, text))
        })?;
        Ok(Self { root, _lock: lock })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn layers(&self) -> PathBuf {
        self.root.join("layers")
    }

    pub(crate) fn templates(&self) -> PathBuf {
        self.root.join("templates")
    }

    pub(crate) fn sandboxes(&self) -> PathBuf {
        self.root.join("sandboxes")
    }

    pub(crate) fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    pub(crate) fn storages(&self) -> PathBuf {
        self.root.join("storages")
    }

    pub(crate) fn layer(&self, name: &LayerName) -> PathBuf {
        self.layers().join(format!("{name}.erofs"))
    }

    pub(crate) fn template(&self, name: &TemplateName) -> PathBuf {
        self.templates().join(name.as_str())
    }

    pub(crate) fn snapshot(&self, name: &SnapshotName) -> PathBuf {
        self.snapshots().join(name.as_str())
    }

    pub(crate) fn sandbox(&self, id: &SandboxId) -> PathBuf {
        self.sandboxes().join(id.as_str())
    }

    /// The directory of a machine that nobody uses yet.
    pub(crate) fn spare(&self, rng: &dyn Rng) -> PathBuf {
        self.sandboxes().join(format!("{SPARE}{}", rng.alphanumeric(16)))
    }

    /// A path in `directory` for something that is being made.
    pub(crate) fn unfinished(directory: &Path, rng: &dyn Rng) -> Unfinished {
        Unfinished { path: directory.join(format!("{UNFINISHED}{}", rng.alphanumeric(16))) }
    }
}

/// A path that is removed with what is there unless it was finished.
pub(crate) struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name, replacing what has it.
    pub(crate) fn finish(self, name: &Path) -> io::Result<()> {
        if name.is_dir() {
            // A directory cannot be replaced at once; whoever dies in between finds no template, which is true.
            let parent = name.parent().unwrap_or(Path::new("/"));
            let old =
                parent.join(format!("{UNFINISHED}old-{}", name.file_name().unwrap_or_default().display()));
            remove(&old)?;
            fs::rename(name, &old)?;
            fs::rename(&self.path, name)?;
            return remove(&old);
        }
        fs::rename(&self.path, name)
    }

    /// Gives it its name, which must be free, on the disk itself.
    pub(crate) fn finish_new(self, name: &Path) -> io::Result<()> {
        renameat_with(CWD, &self.path, CWD, name, RenameFlags::NOREPLACE)?;
        let synced = File::open(name.parent().unwrap_or(Path::new("/"))).and_then(|parent| parent.sync_all());
        // What is not sure to stay must not seem to be there.
        synced.or_else(|error| remove(name).and(Err(error)))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "an unfinished file stays until the next start");
        }
    }
}

/// Removes a file or a whole directory; what is not there is no error.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let outcome = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    outcome.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// Opens a file for reading.
pub(crate) fn open_read(path: &Path) -> io::Result<Arc<OwnedFd>> {
    Ok(Arc::new(File::open(path)?.into()))
}

/// Opens a file for reading and writing.
pub(crate) fn open_write(path: &Path) -> io::Result<Arc<OwnedFd>> {
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    Ok(Arc::new(file.into()))
}

/// Turns an I/O error into the port's, with what was being done.
pub(crate) fn failed<C: Into<String>>(context: impl Fn() -> C) -> impl Fn(io::Error) -> SandboxError {
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => SandboxError::DiskFull,
        _ => SandboxError::Failed { context: context().into(), source },
    }
}
