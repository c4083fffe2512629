//! Snapshots on disk: a directory with all that a machine needs to go on, whatever becomes of its template.
//!
//! `ram`, `scratch.ext4` and `code.erofs` are the template's own files under one more name. `state.zst` holds the
//! state of the devices and the pages of memory that differ from `ram`, `scratch.qcow2` the blocks of the disk that
//! differ from `scratch.ext4`. `storage.ext4`, if there is one, is the machine's storage as it was at the freeze.
//!
//! Nobody writes to a file of a snapshot, under whichever name: who wants to go on from one copies it first.

mod copy;
mod manifest;
mod ram;
mod read;
mod write;

pub(crate) use copy::copy_sparse;
pub(crate) use manifest::{Manifest, Saved};
pub(crate) use read::{Asleep, open};
pub(crate) use write::{DraftError, Source, Whole, take_in, wide_pipe};

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sandbox::{SandboxError, Snapshot, SnapshotName};

use crate::home::failed;
use crate::template::{CODE, MANIFEST, OVERLAY, RAM, SCRATCH};

/// The compressed state.
const STATE: &str = "state.zst";

/// The storage.
pub(crate) const STORAGE: &str = "storage.ext4";

/// What a snapshot shares with its template.
const SHARED: [&str; 3] = [RAM, SCRATCH, CODE];
/// What is its own.
const OWN: [&str; 4] = [STATE, OVERLAY, MANIFEST, STORAGE];

/// Makes `to` a snapshot of the same content as `from`, on the disk itself: the same files under one more name.
pub(crate) fn copy(from: &Path, to: &Path, manifest: &Manifest) -> io::Result<()> {
    fs::create_dir(to)?;
    let storage = manifest.storage.then_some(STORAGE);
    for name in SHARED.into_iter().chain([STATE, OVERLAY, MANIFEST]).chain(storage) {
        fs::hard_link(from.join(name), to.join(name))?;
    }
    fs::File::open(to)?.sync_all()
}

/// What a snapshot says about itself, if there is one.
pub(crate) fn manifest_of(directory: &Path, name: &SnapshotName) -> Result<Manifest, SandboxError> {
    Manifest::read(directory).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            let reason = "there is none of that name".to_owned();
            SandboxError::NoSnapshot { name: name.clone(), reason }
        }
        _ => failed(|| format!("reading {name}"))(error),
    })
}

/// What the port knows of a snapshot.
pub(crate) fn describe(directory: &Path, name: SnapshotName, manifest: &Manifest) -> Snapshot {
    Snapshot { name, freeze: manifest.freeze, size: size(directory) }
}

/// Bytes on disk that are a snapshot's own.
fn size(directory: &Path) -> u64 {
    let found = OWN.iter().filter_map(|name| fs::metadata(directory.join(name)).ok());
    found.map(|found| found.blocks() * 512).sum()
}
