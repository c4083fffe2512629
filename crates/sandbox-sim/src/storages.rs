//! Disks that outlive their sandboxes: files by name, kept as one image each.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use sandbox::{SandboxError, StorageName};
use tempfile::TempDir;

/// The files of one storage, by name.
pub(crate) type Content = BTreeMap<String, Bytes>;
/// A storage, as the machine sees it that has it.
pub(crate) type Files = Arc<Mutex<Content>>;

/// Every storage of a machine.
#[derive(Default)]
pub(crate) struct Storages {
    by_name: Mutex<BTreeMap<StorageName, Files>>,
    /// Where images are put for those who want to read them.
    images: Mutex<Option<TempDir>>,
}

impl Storages {
    /// The storage of that name, made empty if there is none.
    pub(crate) fn make(&self, name: &StorageName) -> Files {
        Arc::clone(self.lock().entry(name.clone()).or_default())
    }

    /// Makes a storage of this content, replacing what had the name.
    pub(crate) fn put(&self, name: StorageName, content: Content) {
        self.lock().insert(name, Arc::new(Mutex::new(content)));
    }

    pub(crate) fn names(&self) -> Vec<StorageName> {
        self.lock().keys().cloned().collect()
    }

    pub(crate) fn discard(&self, name: &StorageName) {
        self.lock().remove(name);
    }

    /// Removes what is not to be kept; says how many.
    pub(crate) fn retain(&self, keep: &[StorageName]) -> usize {
        let mut storages = self.lock();
        let before = storages.len();
        storages.retain(|name, _| keep.contains(name));
        before - storages.len()
    }

    pub(crate) fn image(&self, name: &StorageName) -> Result<Option<PathBuf>, SandboxError> {
        let Some(files) = self.lock().get(name).cloned() else { return Ok(None) };
        let image = write(&files.lock().expect("no holder of a storage's lock panics"));
        let place = self.place(name).map_err(|source| failed("making room for an image", source))?;
        std::fs::write(&place, image).map_err(|source| failed("writing an image", source))?;
        Ok(Some(place))
    }

    pub(crate) fn import(&self, name: StorageName, image: &Path) -> Result<(), SandboxError> {
        let image = std::fs::read(image).map_err(|source| failed("reading an image", source))?;
        let files = read(&image).ok_or_else(|| {
            failed("reading an image", io::Error::new(io::ErrorKind::InvalidData, "it is no storage's"))
        })?;
        self.put(name, files);
        Ok(())
    }

    fn place(&self, name: &StorageName) -> io::Result<PathBuf> {
        let mut images = self.images.lock().expect("no holder of the images' lock panics");
        if images.is_none() {
            *images = Some(TempDir::new()?);
        }
        let directory = images.as_ref().expect("it has just been made");
        Ok(directory.path().join(name.as_str()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<StorageName, Files>> {
        self.by_name.lock().expect("no holder of the storages' lock panics")
    }
}

fn failed(context: &str, source: io::Error) -> SandboxError {
    SandboxError::Failed { context: context.to_owned(), source }
}

/// An image: for each file the lengths of its name and content, both, and then they themselves.
fn write(files: &Content) -> Vec<u8> {
    let mut image = Vec::new();
    for (name, content) in files {
        for part in [name.as_bytes(), content] {
            image.extend_from_slice(&(part.len() as u64).to_le_bytes());
            image.extend_from_slice(part);
        }
    }
    image
}

fn read(mut image: &[u8]) -> Option<Content> {
    let mut files = BTreeMap::new();
    while !image.is_empty() {
        let name = part(&mut image)?;
        let content = part(&mut image)?;
        files.insert(String::from_utf8(name.to_vec()).ok()?, Bytes::copy_from_slice(content));
    }
    Some(files)
}

fn part<'a>(image: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = image.split_first_chunk::<8>()?;
    let (part, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    *image = rest;
    Some(part)
}
