//! Settings of the engine.

use std::path::PathBuf;

/// Settings of the engine.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where collections are kept, each in a directory of its name.
    pub directory: PathBuf,
    /// The most collections whose files are open at once.
    pub open_collections: usize,
    /// The most collections that have threads to write with.
    pub writers: usize,
    /// The most searches and writes at once; others wait.
    pub at_once: usize,
    /// Bytes that documents may take in memory before they go to disk; tantivy wants 15 MB at least.
    pub writer_memory: usize,
}

impl Options {
    /// The defaults, in this directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            open_collections: 64,
            writers: 2,
            at_once: 8,
            writer_memory: 16_000_000,
        }
    }
}
