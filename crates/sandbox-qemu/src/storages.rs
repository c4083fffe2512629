//! Disks that outlive their machines, each with one machine at a time.
//!
//! An image that has a second name belongs to snapshots, too, and is written to no more: a machine gets a copy.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use rustix::fs::{MemfdFlags, fstat, ftruncate, memfd_create};
use sandbox::{SandboxError, StorageName};
use stdx::Rng;

use crate::home::{Home, failed, open_write, remove};
use crate::snapshot::copy_sparse;
use crate::tools;

/// Ends the name of an image.
pub(crate) const SUFFIX: &str = ".ext4";

type Held = Arc<Mutex<HashSet<StorageName>>>;

/// All of them.
pub(crate) struct Storages {
    directory: PathBuf,
    held: Held,
}

/// The right to a storage; nobody else has it meanwhile.
struct Hold {
    name: StorageName,
    held: Held,
}

/// A storage that a machine has.
pub(crate) struct Lease {
    _hold: Hold,
    path: PathBuf,
    image: Arc<OwnedFd>,
}

impl Storages {
    /// Those in `directory`.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory, held: Held::default() }
    }

    /// Takes the storage for a machine that goes on with what a snapshot has in `frozen`.
    pub(crate) fn thaw(
        &self,
        name: &StorageName,
        frozen: &Path,
        rng: &dyn Rng,
    ) -> Result<Lease, SandboxError> {
        let failed = failed(|| format!("restoring storage {name}"));
        let (hold, path) = (self.hold(name)?, self.path(name));
        self.replace(&path, frozen, rng).map_err(&failed)?;
        Lease::open(hold, path).map_err(failed)
    }

    /// Gives what a snapshot has in `frozen` a storage's name.
    pub(crate) fn restore(
        &self,
        name: &StorageName,
        frozen: &Path,
        rng: &dyn Rng,
    ) -> Result<(), SandboxError> {
        let _hold = self.hold(name)?;
        let unfinished = Home::unfinished(&self.directory, rng);
        let linked =
            fs::hard_link(frozen, unfinished.path()).and_then(|()| unfinished.finish(&self.path(name)));
        linked.map_err(failed(|| format!("restoring storage {name}")))
    }

    /// Takes the storage for a machine, made empty if there is none of that name.
    pub(crate) async fn take(
        &self,
        name: &StorageName,
        mib: u32,
        rng: &dyn Rng,
    ) -> Result<Lease, SandboxError> {
        let failed = failed(|| format!("making storage {name}"));
        let (hold, path) = (self.hold(name)?, self.path(name));
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let unfinished = Home::unfinished(&self.directory, rng);
                let image = create(unfinished.path()).map_err(&failed)?;
                image.set_len(u64::from(mib) << 20).map_err(&failed)?;
                tools::make_storage(unfinished.path()).await?;
                unfinished.finish(&path).map_err(&failed)?;
            }
            Err(error) => return Err(failed(error)),
            Ok(found) if found.nlink() > 1 => self.replace(&path, &path, rng).map_err(&failed)?,
            Ok(_) => {}
        }
        Lease::open(hold, path).map_err(failed)
    }

    /// Makes `path` a copy of `from`, on the disk itself: what it is copied from may go as soon as it is there.
    fn replace(&self, path: &Path, from: &Path, rng: &dyn Rng) -> io::Result<()> {
        let unfinished = Home::unfinished(&self.directory, rng);
        let copy = create(unfinished.path())?;
        copy_sparse(&fs::File::open(from)?, &copy)?;
        copy.sync_all()?;
        unfinished.finish(path)
    }

    /// The image of a storage that no machine has.
    pub(crate) fn image(&self, name: &StorageName) -> Result<Option<PathBuf>, SandboxError> {
        let _hold = self.hold(name)?;
        let path = self.path(name);
        Ok(path.exists().then_some(path))
    }

    /// Makes `image` the storage's own.
    pub(crate) fn import(&self, name: &StorageName, image: &Path, rng: &dyn Rng) -> Result<(), SandboxError> {
        let failed = failed(|| format!("taking in storage {name}"));
        let _hold = self.hold(name)?;
        let path = self.path(name);
        match fs::rename(image, &path) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {}
            done => return done.map_err(&failed),
        }
        self.replace(&path, image, rng).map_err(&failed)?;
        remove(image).map_err(&failed)
    }

    /// Removes a storage that no machine has.
    pub(crate) fn discard(&self, name: &StorageName) -> Result<(), SandboxError> {
        let _hold = self.hold(name)?;
        remove(&self.path(name)).map_err(failed(|| format!("removing storage {name}")))
    }

    fn path(&self, name: &StorageName) -> PathBuf {
        self.directory.join(format!("{name}{SUFFIX}"))
    }

    fn hold(&self, name: &StorageName) -> Result<Hold, SandboxError> {
        if lock(&self.held).insert(name.clone()) {
            return Ok(Hold { name: name.clone(), held: Arc::clone(&self.held) });
        }
        let source = io::Error::new(io::ErrorKind::ResourceBusy, "another sandbox has it");
        Err(SandboxError::Failed { context: format!("taking storage {name}"), source })
    }
}

impl Lease {
    fn open(hold: Hold, path: PathBuf) -> io::Result<Self> {
        Ok(Self { _hold: hold, image: open_write(&path)?, path })
    }

    pub(crate) fn image(&self) -> &Arc<OwnedFd> {
        &self.image
    }

    /// Where the image is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn size(&self) -> io::Result<u64> {
        Ok(u64::try_from(fstat(&self.image)?.st_size).unwrap_or(0))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        lock(&self.held).remove(&self.name);
    }
}

fn lock(held: &Held) -> MutexGuard<'_, HashSet<StorageName>> {
    held.lock().expect("no holder of the storages' lock panics")
}

/// What stands in a storage's place where a machine has none: nothing is ever written to it.
pub(crate) fn nothing(mib: u32) -> io::Result<Arc<OwnedFd>> {
    let image = memfd_create("no-storage", MemfdFlags::CLOEXEC)?;
    ftruncate(&image, u64::from(mib) << 20)?;
    Ok(Arc::new(image))
}

/// A new file that nobody else can read.
fn create(path: &Path) -> io::Result<fs::File> {
    fs::File::options().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> StorageName {
        StorageName::parse("one").unwrap()
    }

    #[tokio::test]
    async fn one_machine_at_a_time_has_it() {
        let directory = tempfile::tempdir().unwrap();
        let storages = Storages::new(directory.path().to_owned());
        assert_eq!(storages.image(&name()).unwrap(), None);
        let lease = storages.take(&name(), 32, &stdx::SystemRng).await.unwrap();
        assert!(storages.take(&name(), 32, &stdx::SystemRng).await.is_err());
        assert!(storages.image(&name()).is_err());
        assert!(storages.discard(&name()).is_err());
        assert!(storages.import(&name(), Path::new("/nowhere"), &stdx::SystemRng).is_err());
        drop(lease);
        let image = storages.image(&name()).unwrap().unwrap();
        assert_eq!(fs::metadata(image).unwrap().len(), 32 << 20);
        drop(storages.take(&name(), 32, &stdx::SystemRng).await.unwrap());
        storages.discard(&name()).unwrap();
        storages.discard(&name()).unwrap();
        assert_eq!(storages.image(&name()).unwrap(), None);
    }

    #[test]
    fn what_is_taken_in_replaces_what_was_there() {
        let directory = tempfile::tempdir().unwrap();
        let storages = Storages::new(directory.path().to_owned());
        for text in ["first", "second"] {
            let outside = directory.path().join("outside");
            fs::write(&outside, text).unwrap();
            storages.import(&name(), &outside, &stdx::SystemRng).unwrap();
            assert!(!outside.exists());
            assert_eq!(fs::read_to_string(storages.image(&name()).unwrap().unwrap()).unwrap(), text);
        }
    }

    #[tokio::test]
    async fn what_snapshots_hold_is_not_written_to() {
        let directory = tempfile::tempdir().unwrap();
        let storages = Storages::new(directory.path().to_owned());
        let (frozen, rng) = (directory.path().join("frozen"), stdx::SystemRng);
        fs::write(&frozen, "then").unwrap();
        let write = |lease: &Lease| rustix::io::pwrite(lease.image(), b"now!", 0).unwrap();
        let shown = || fs::read_to_string(storages.image(&name()).unwrap().unwrap()).unwrap();

        storages.restore(&name(), &frozen, &rng).unwrap();
        storages.restore(&name(), &frozen, &rng).unwrap();
        assert_eq!(fs::metadata(&frozen).unwrap().nlink(), 2, "it takes no room");
        write(&storages.take(&name(), 1, &rng).await.unwrap());
        assert_eq!((shown().as_str(), fs::read_to_string(&frozen).unwrap().as_str()), ("now!", "then"));
        let lease = storages.thaw(&name(), &frozen, &rng).unwrap();
        assert!(storages.restore(&name(), &frozen, &rng).is_err(), "a machine has it");
        drop(lease);
        assert_eq!(shown(), "then");
        write(&storages.thaw(&name(), &frozen, &rng).unwrap());
        assert_eq!((shown().as_str(), fs::read_to_string(&frozen).unwrap().as_str()), ("now!", "then"));
        assert!(storages.thaw(&name(), &directory.path().join("absent"), &rng).is_err());
        assert_eq!(shown(), "now!");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "nothing half-made is left");
    }
}
