//! `index.json`: what the directory holds.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{ImageError, On};

/// Raised whenever an older reader would misunderstand the file.
const FORMAT: u32 = 1;
const INDEX: &str = "index.json";

/// A file of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name in the directory.
    pub file: String,
    /// SHA-256 of its content in hexadecimal.
    pub digest: String,
}

/// The kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelEntry {
    /// Its file.
    #[serde(flatten)]
    pub file: FileEntry,
    /// Its release, such as `6.1.0-56-cloud-amd64`.
    pub version: String,
}

/// A root file system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseEntry {
    /// What it is asked for by.
    pub name: String,
    /// Its file.
    #[serde(flatten)]
    pub file: FileEntry,
    /// The language runtimes on it, such as `python3.11`.
    pub runtimes: Vec<String>,
    /// What it was made from.
    pub origin: String,
    /// Digest of the recipe or of the imported manifest: the same again need not be made again.
    pub recipe: String,
    /// When, in milliseconds since the Unix epoch.
    pub made_at_ms: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Index {
    pub(crate) format: u32,
    pub(crate) kernel: KernelEntry,
    pub(crate) modules: FileEntry,
    /// Digest of what kernel and modules were chosen by.
    pub(crate) kernel_recipe: String,
    #[serde(default)]
    pub(crate) bases: Vec<BaseEntry>,
}

impl Index {
    pub(crate) fn new(kernel: KernelEntry, modules: FileEntry, kernel_recipe: String) -> Self {
        Self { format: FORMAT, kernel, modules, kernel_recipe, bases: Vec::new() }
    }

    /// The directory's index, if it has one whose files are all there.
    pub(crate) fn read(directory: &Path) -> Result<Option<Self>, ImageError> {
        let path = directory.join(INDEX);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).on(path),
        };
        let bad = |reason: String| ImageError::BadIndex { path: path.clone(), reason };
        let index: Self = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
        if index.format != FORMAT {
            return Err(bad(format!("format {} is not {FORMAT}", index.format)));
        }
        let bases = index.bases.iter().map(|base| &base.file);
        for entry in bases.chain([&index.kernel.file, &index.modules]) {
            if entry.file.contains('/') || !directory.join(&entry.file).is_file() {
                return Err(bad(format!("{} is missing", entry.file)));
            }
        }
        Ok(Some(index))
    }

    /// Writes it in one step.
    pub(crate) fn write(&self, directory: &Path) -> Result<(), ImageError> {
        let path = directory.join(INDEX);
        let mut file = tempfile::NamedTempFile::new_in(directory).on(directory)?;
        serde_json::to_writer_pretty(&mut file, self).on(&path)?;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).on(&path)?;
        file.as_file().sync_all().on(&path)?;
        file.persist(&path).map_err(|error| error.error).on(&path)?;
        fs::File::open(directory).and_then(|directory| directory.sync_all()).on(directory)
    }

    /// Puts a base in the place of the one of its name.
    pub(crate) fn put(&mut self, base: BaseEntry) {
        self.bases.retain(|other| other.name != base.name);
        self.bases.push(base);
        self.bases.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

/// The images of a directory, for reading.
#[derive(Clone, Debug)]
pub struct Images {
    directory: PathBuf,
    index: Index,
}

impl Images {
    /// Reads what the directory holds.
    pub fn open(directory: &Path) -> Result<Self, ImageError> {
        let index = Index::read(directory)?;
        let index = index.ok_or_else(|| ImageError::NotPrepared(directory.to_owned()))?;
        Ok(Self { directory: directory.to_owned(), index })
    }

    /// The kernel.
    pub fn kernel(&self) -> &KernelEntry {
        &self.index.kernel
    }

    /// The archive of modules that [`crate::initramfs`] takes.
    pub fn modules(&self) -> &FileEntry {
        &self.index.modules
    }

    /// All bases, by name.
    pub fn bases(&self) -> &[BaseEntry] {
        &self.index.bases
    }

    /// The base of this name.
    pub fn base(&self, name: &str) -> Option<&BaseEntry> {
        self.index.bases.iter().find(|base| base.name == name)
    }

    /// Where a file is.
    pub fn path(&self, entry: &FileEntry) -> PathBuf {
        self.directory.join(&entry.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(file: &str) -> FileEntry {
        FileEntry { file: file.to_owned(), digest: String::new() }
    }

    fn index() -> Index {
        let kernel = KernelEntry { file: entry("vmlinuz-1"), version: "6.1".to_owned() };
        Index::new(kernel, entry("modules-1.cpio"), String::new())
    }

    #[test]
    fn an_index_counts_only_with_all_its_files() {
        let directory = tempfile::tempdir().unwrap();
        let open = || Images::open(directory.path());
        assert!(matches!(open(), Err(ImageError::NotPrepared(_))));
        index().write(directory.path()).unwrap();
        assert!(matches!(open(), Err(ImageError::BadIndex { .. })));
        for file in ["vmlinuz-1", "modules-1.cpio"] {
            fs::write(directory.path().join(file), "").unwrap();
        }
        let images = open().unwrap();
        assert_eq!(images.path(images.modules()), directory.path().join("modules-1.cpio"));
        assert_eq!(images.base("none"), None);
    }

    #[test]
    fn an_index_of_another_format_or_with_foreign_paths_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        for (format, file) in [(FORMAT + 1, "vmlinuz-1"), (FORMAT, "/etc/passwd"), (FORMAT, "../x")] {
            let mut index = index();
            index.format = format;
            index.kernel.file.file = file.to_owned();
            index.write(directory.path()).unwrap();
            assert!(matches!(Images::open(directory.path()), Err(ImageError::BadIndex { .. })));
        }
    }
}
