//! Directories that survive a power loss.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes a directory that only its owner may read, and its parents, all of them durable.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    make(parent)?;
    match DirBuilder::new().mode(0o700).create(path) {
        // Somebody else was faster, or there is a file: then using it as a directory says so.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => flush(parent),
    }
}

/// Makes the names in a directory durable: a file's own flush does not cover its name.
pub(crate) fn flush(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
