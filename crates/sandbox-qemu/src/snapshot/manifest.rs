//! What a snapshot's directory says about itself.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::template::{self, MANIFEST};

/// Everything about a snapshot that its other files do not say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// What it was started from, and on which ground.
    pub(crate) template: template::Manifest,
    pub(crate) hostname: String,
    pub(crate) boot_id: String,
    /// Whether it has a storage mounted, which is in the snapshot then.
    #[serde(default)]
    pub(crate) storage: bool,
    /// What is left of its wall-clock limit.
    pub(crate) remaining: Duration,
    pub(crate) freeze: Duration,
    pub(crate) state: Saved,
    /// Length of the disk's overlay.
    pub(crate) overlay: u64,
}

/// The state as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Saved {
    /// Length of the file.
    pub(crate) compressed: u64,
    /// Length of what is in it.
    pub(crate) length: u64,
    /// Pages of memory in it.
    pub(crate) pages: u64,
}

impl Manifest {
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        let path = directory.join(MANIFEST);
        fs::write(&path, text)?;
        fs::File::open(path)?.sync_all()
    }

    pub(crate) fn read(directory: &Path) -> io::Result<Self> {
        serde_json::from_slice(&fs::read(directory.join(MANIFEST))?).map_err(io::Error::other)
    }
}
