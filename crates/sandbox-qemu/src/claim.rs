//! The directory of one machine, from its making until somebody answers for it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::home::remove;

/// Removes the directory unless it was handed over.
pub(crate) struct Claim {
    directory: PathBuf,
    handed_over: bool,
}

impl Claim {
    /// Makes the directory, which must not exist.
    pub(crate) fn new(directory: PathBuf) -> io::Result<Self> {
        fs::create_dir(&directory)?;
        Ok(Self { directory, handed_over: false })
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Gives the directory another name, which must be free.
    pub(crate) fn rename(&mut self, name: PathBuf) -> io::Result<()> {
        renameat_with(CWD, &self.directory, CWD, &name, RenameFlags::NOREPLACE)?;
        self.directory = name;
        Ok(())
    }

    /// Leaves the removal to whoever calls.
    pub(crate) fn hand_over(mut self) -> PathBuf {
        self.handed_over = true;
        std::mem::take(&mut self.directory)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.handed_over
            && let Err(error) = remove(&self.directory)
        {
            tracing::error!(directory = %self.directory.display(), %error, "a sandbox's directory stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_not_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let taken = parent.path().join("taken");
        fs::create_dir(&taken).unwrap();
        let mut claim = Claim::new(parent.path().join("one")).unwrap();
        assert_eq!(claim.rename(taken.clone()).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(Claim::new(taken.clone()).is_err());
        claim.rename(parent.path().join("two")).unwrap();
        drop(claim);
        let left: Vec<_> = fs::read_dir(parent.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left, [taken]);
    }
}
