//! Unpacking layers into a tree, each on top of those before it.
//!
//! Every directory is opened as if the tree were the root, so a link of an earlier entry leads nowhere else.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, ResolveFlags, Uid};
use rustix::io::Errno;
use tar::{Archive, Entry, EntryType};

use crate::error::{ImageError, On};
use crate::path::{Inside, Name, name};

/// A tree that layers are unpacked into.
pub(crate) struct Tree {
    path: PathBuf,
    root: OwnedFd,
    /// Whether files get the owners that the layers name; only the superuser can do that.
    owners: bool,
}

impl Tree {
    /// Over an existing, empty directory.
    pub(crate) fn over(path: &Path) -> Result<Self, ImageError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, flags, Mode::empty()).on(path)?;
        Ok(Self { path: path.to_owned(), root, owners: rustix::process::geteuid().is_root() })
    }

    /// Whether owners are those of the layers.
    pub(crate) fn keeps_owners(&self) -> bool {
        self.owners
    }

    /// Unpacks one layer.
    pub(crate) fn apply(&self, layer: impl Read) -> Result<(), ImageError> {
        let mut added = HashSet::new();
        for entry in Archive::new(layer).entries().on(&self.path)? {
            self.entry(entry.on(&self.path)?, &mut added)?;
        }
        Ok(())
    }

    fn entry<R: Read>(
        &self,
        mut entry: Entry<'_, R>,
        added: &mut HashSet<Vec<u8>>,
    ) -> Result<(), ImageError> {
        let raw = entry.path_bytes().into_owned();
        let path = Inside::parse(&raw)?;
        let Some((above, last)) = path.split() else { return Ok(()) };
        let shown =
            self.path.join(OsString::from_iter(above.iter().flat_map(|name| [name, OsStr::new("/")])));
        let shown = shown.join(last);
        let parent = self.directory(above).on(&shown)?;
        match name(last)? {
            Name::Whiteout(hidden) => return remove(&parent, hidden).on(&shown),
            Name::Opaque => return self.clear(&parent, above, added).on(&shown),
            Name::Plain => {}
        }
        let mut key = above.join(OsStr::new("/")).into_encoded_bytes();
        key.push(b'/');
        key.extend_from_slice(last.as_encoded_bytes());
        added.insert(key);
        self.make(&mut entry, &parent, last, &shown)
    }

    /// Opens a directory below the tree and makes what is missing of it.
    fn directory(&self, names: &[OsString]) -> io::Result<OwnedFd> {
        let mut path = PathBuf::new();
        let mut directory = self.open(Path::new("."))?;
        for name in names {
            path.push(name);
            directory = match self.open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    rustix::fs::mkdirat(&directory, name, Mode::from_raw_mode(0o755))?;
                    self.open(&path)?
                }
                opened => opened?,
            };
        }
        Ok(directory)
    }

    fn open(&self, path: &Path) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(rustix::fs::openat2(&self.root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT)?)
    }

    /// Removes from a directory whatever this layer has not put there itself.
    fn clear(&self, directory: &OwnedFd, above: &[OsString], added: &HashSet<Vec<u8>>) -> io::Result<()> {
        let prefix = above.join(OsStr::new("/")).into_encoded_bytes();
        for entry in rustix::fs::Dir::read_from(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            let key = [&prefix[..], b"/", name].concat();
            if !matches!(name, b"." | b"..") && !added.contains(&key) {
                // A name that the directory itself tells is a plain one.
                remove(directory, std::os::unix::ffi::OsStrExt::from_bytes(name))?;
            }
        }
        Ok(())
    }

    fn make<R: Read>(
        &self,
        entry: &mut Entry<'_, R>,
        parent: &OwnedFd,
        last: &OsStr,
        shown: &Path,
    ) -> Result<(), ImageError> {
        let header = entry.header();
        let kind = header.entry_type();
        let mode = Mode::from_raw_mode(header.mode().on(shown)? & 0o7777);
        let owner = self.owners.then(|| (header.uid(), header.gid()));
        if kind != EntryType::Directory || !is_directory(parent, last) {
            remove(parent, last).on(shown)?;
        }
        match kind {
            EntryType::Directory => match rustix::fs::mkdirat(parent, last, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error).on(shown),
            },
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let flags =
                    OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let file = rustix::fs::openat(parent, last, flags, Mode::RUSR | Mode::WUSR).on(shown)?;
                io::copy(entry, &mut File::from(file)).on(shown)?;
            }
            EntryType::Symlink => {
                let target = link_target(entry)?;
                rustix::fs::symlinkat(OsStr::new(&target), parent, last).on(shown)?;
            }
            EntryType::Link => return self.link(&link_target(entry)?, parent, last).on(shown),
            // The guest makes its own devices; nothing else belongs into an image.
            _ => return Ok(()),
        }
        if let Some((user, group)) = owner {
            let (user, group) = (id(user).on(shown)?, id(group).on(shown)?);
            let owner = (Some(Uid::from_raw(user)), Some(Gid::from_raw(group)));
            rustix::fs::chownat(parent, last, owner.0, owner.1, AtFlags::SYMLINK_NOFOLLOW).on(shown)?;
        }
        if kind != EntryType::Symlink {
            // Our own user must be able to read the tree into an image, and to clear it away.
            let readable = if kind == EntryType::Directory { Mode::RWXU } else { Mode::RUSR };
            let mode = if self.owners { mode } else { mode | readable };
            rustix::fs::chmodat(parent, last, mode, AtFlags::empty()).on(shown)?;
        }
        Ok(())
    }

    fn link(&self, target: &OsStr, parent: &OwnedFd, last: &OsStr) -> io::Result<()> {
        let target = Inside::parse(target.as_encoded_bytes()).map_err(io::Error::other)?;
        let (above, name) = target.split().ok_or(io::ErrorKind::InvalidData)?;
        let above: PathBuf = above.iter().collect();
        let directory = self.open(&Path::new(".").join(above))?;
        Ok(rustix::fs::linkat(&directory, name, parent, last, AtFlags::empty())?)
    }
}

fn link_target<R: Read>(entry: &Entry<'_, R>) -> Result<OsString, ImageError> {
    let target = entry.link_name_bytes().filter(|target| !target.is_empty());
    let target = target.ok_or_else(|| ImageError::BadImage("a link leads nowhere".to_owned()))?;
    Ok(std::os::unix::ffi::OsStringExt::from_vec(target.into_owned()))
}

fn id(id: io::Result<u64>) -> io::Result<u32> {
    u32::try_from(id?).map_err(io::Error::other)
}

fn is_directory(parent: &OwnedFd, name: &OsStr) -> bool {
    rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|status| FileType::from_raw_mode(status.st_mode) == FileType::Directory)
}

/// Removes whatever has this name, and all below it; nothing there is no error.
fn remove(parent: impl AsFd, name: &OsStr) -> io::Result<()> {
    match rustix::fs::unlinkat(&parent, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(error) => return Err(error.into()),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = rustix::fs::openat(&parent, name, flags, Mode::empty())?;
    for entry in rustix::fs::Dir::read_from(&directory)? {
        let entry = entry?;
        let child = entry.file_name().to_bytes();
        if !matches!(child, b"." | b"..") {
            remove(&directory, std::os::unix::ffi::OsStrExt::from_bytes(child))?;
        }
    }
    Ok(rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)?)
}

#[cfg(test)]
pub(crate) mod tests;
