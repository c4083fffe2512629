//! Directories that survive a power loss.

use std::fs::File;
use std::io;
use std::path::Path;

/// Makes a directory and its parents, readable by their owner only.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes the names in a directory durable: a file's own flush does not cover its name.
pub(crate) fn flush(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
