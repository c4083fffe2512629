//! Disks that outlive their machines, each with one machine at a time.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use rustix::fs::{MemfdFlags, fstat, fsync, ftruncate, memfd_create};
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
    image: Arc<OwnedFd>,
}

impl Storages {
    /// Those in `directory`.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory, held: Held::default() }
    }

    /// Takes the storage for a machine, if there is one of that name.
    pub(crate) fn find(&self, name: &StorageName) -> Result<Option<Lease>, SandboxError> {
        let (hold, path) = (self.hold(name)?, self.path(name));
        if !path.exists() {
            return Ok(None);
        }
        let image = open_write(&path).map_err(failed(|| format!("opening storage {name}")))?;
        Ok(Some(Lease { _hold: hold, image }))
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
        if !path.exists() {
            let unfinished = Home::unfinished(&self.directory, rng);
            let image = open_write(unfinished.path()).map_err(&failed)?;
            size(&image, mib).map_err(&failed)?;
            let permissions = fs::Permissions::from_mode(0o600);
            fs::set_permissions(unfinished.path(), permissions).map_err(&failed)?;
            tools::make_storage(unfinished.path()).await?;
            unfinished.finish(&path).map_err(&failed)?;
        }
        Ok(Lease { _hold: hold, image: open_write(&path).map_err(&failed)? })
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
        let unfinished = Home::unfinished(&self.directory, rng);
        let copy = || copy_sparse(&fs::File::open(image)?, &fs::File::create_new(unfinished.path())?);
        copy().map_err(&failed)?;
        unfinished.finish(&path).map_err(&failed)?;
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
    pub(crate) fn image(&self) -> &Arc<OwnedFd> {
        &self.image
    }

    pub(crate) fn size(&self) -> io::Result<u64> {
        Ok(u64::try_from(fstat(&self.image)?.st_size).unwrap_or(0))
    }

    /// Puts what the machine has written on the disk itself.
    pub(crate) fn sync(image: &OwnedFd) -> io::Result<()> {
        Ok(fsync(image)?)
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
    size(&image, mib)?;
    Ok(Arc::new(image))
}

fn size(image: &OwnedFd, mib: u32) -> io::Result<()> {
    Ok(ftruncate(image, u64::from(mib) << 20)?)
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
        assert!(storages.find(&name()).unwrap().is_none());
        let lease = storages.take(&name(), 32, &stdx::SystemRng).await.unwrap();
        assert!(storages.take(&name(), 32, &stdx::SystemRng).await.is_err());
        assert!(storages.image(&name()).is_err());
        assert!(storages.discard(&name()).is_err());
        assert!(storages.import(&name(), Path::new("/nowhere"), &stdx::SystemRng).is_err());
        drop(lease);
        let image = storages.image(&name()).unwrap().unwrap();
        assert_eq!(fs::metadata(image).unwrap().len(), 32 << 20);
        drop(storages.find(&name()).unwrap().unwrap());
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
}
