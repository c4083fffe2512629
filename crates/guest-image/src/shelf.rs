//! Putting files into the directory under the name of their content.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempDir};

use crate::error::{ImageError, On};
use crate::index::FileEntry;

/// Half-made things live here and go with the next start that finds them.
const WORK: &str = "work";

/// The directory, held for writing by this process alone.
pub(crate) struct Shelf {
    directory: PathBuf,
    _lock: File,
}

impl Shelf {
    /// Creates the directory if need be, takes hold of it and removes what an earlier crash left half-made.
    pub(crate) fn hold(directory: &Path) -> Result<Self, ImageError> {
        fs::create_dir_all(directory).on(directory)?;
        let path = directory.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path).on(&path)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(ImageError::Busy(directory.to_owned())),
            Err(error) => return Err(error).on(path),
        }
        let work = directory.join(WORK);
        match fs::remove_dir_all(&work) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).on(work),
            _ => {}
        }
        fs::create_dir(&work).on(&work)?;
        Ok(Self { directory: directory.to_owned(), _lock: lock })
    }

    /// The directory itself.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// A fresh directory for half-made things, on the same file system.
    pub(crate) fn scratch(&self) -> Result<TempDir, ImageError> {
        let work = self.directory.join(WORK);
        TempDir::new_in(&work).on(work)
    }

    /// Puts bytes under the name of their content.
    pub(crate) fn put(&self, prefix: &str, suffix: &str, bytes: &[u8]) -> Result<FileEntry, ImageError> {
        let work = self.directory.join(WORK);
        let mut file = NamedTempFile::new_in(&work).on(&work)?;
        file.write_all(bytes).on(file.path())?;
        let digest = hex::encode(Sha256::digest(bytes));
        self.place(file.path(), FileEntry { file: format!("{prefix}-{digest}{suffix}"), digest })
    }

    /// Moves a finished file of the scratch space under the name of its content.
    pub(crate) fn take(&self, prefix: &str, suffix: &str, path: &Path) -> Result<FileEntry, ImageError> {
        let digest = digest(path).on(path)?;
        self.place(path, FileEntry { file: format!("{prefix}-{digest}{suffix}"), digest })
    }

    fn place(&self, path: &Path, entry: FileEntry) -> Result<FileEntry, ImageError> {
        fs::set_permissions(path, Permissions::from_mode(0o444)).on(path)?;
        File::open(path).and_then(|file| file.sync_all()).on(path)?;
        let target = self.directory.join(&entry.file);
        fs::rename(path, &target).on(target)?;
        Ok(entry)
    }
}

/// SHA-256 of a file's content in hexadecimal.
pub(crate) fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_their_content_and_read_only() {
        let directory = tempfile::tempdir().unwrap();
        let shelf = Shelf::hold(directory.path()).unwrap();
        let entry = shelf.put("vmlinuz", "", b"abc").unwrap();
        assert_eq!(entry.digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let mode = fs::metadata(directory.path().join(&entry.file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o444);
        assert_eq!(shelf.put("vmlinuz", "", b"abc").unwrap(), entry);
    }

    #[test]
    fn one_process_holds_it_and_leavings_go() {
        let directory = tempfile::tempdir().unwrap();
        let shelf = Shelf::hold(directory.path()).unwrap();
        let left = shelf.scratch().unwrap().keep();
        assert!(matches!(Shelf::hold(directory.path()), Err(ImageError::Busy(_))));
        drop(shelf);
        let _shelf = Shelf::hold(directory.path()).unwrap();
        assert!(!left.exists());
    }
}
