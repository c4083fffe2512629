//! Snapshots on disk: a directory with all that a machine needs to go on, whatever becomes of its template.
//!
//! `ram`, `scratch.ext4` and `code.erofs` are the template's own files under one more name. `state.zst` holds the
//! state of the devices and the pages of memory that differ from `ram`, `scratch.qcow2` the blocks of the disk that
//! differ from `scratch.ext4`.

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

use sandbox::{Snapshot, SnapshotName};

use crate::template::{CODE, MANIFEST, OVERLAY, RAM, SCRATCH};

/// The compressed state.
const STATE: &str = "state.zst";

/// What a snapshot shares with its template.
const SHARED: [&str; 3] = [RAM, SCRATCH, CODE];
/// What is its own.
const OWN: [&str; 3] = [STATE, OVERLAY, MANIFEST];

/// Makes `to` a snapshot of the same content as `from`, on the disk itself.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for name in SHARED.into_iter().chain([STATE, MANIFEST]) {
        fs::hard_link(from.join(name), to.join(name))?;
    }
    copy_sparse(&fs::File::open(from.join(OVERLAY))?, &fs::File::create_new(to.join(OVERLAY))?)?;
    fs::File::open(to.join(OVERLAY))?.sync_all()?;
    fs::File::open(to)?.sync_all()
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
