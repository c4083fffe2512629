//! Opening a snapshot: whether it is whole and can go on here is known before a machine is started.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::MemfdFlags;
use sandbox::SandboxError;

use super::manifest::Manifest;
use super::{STATE, STORAGE};
use crate::template::{CODE, Frozen, Ground, OVERLAY, RAM};

/// A snapshot ready to go on.
pub(crate) struct Asleep {
    pub(crate) manifest: Manifest,
    pub(crate) frozen: Arc<Frozen>,
    /// The thinned state, in memory, to be read once.
    pub(crate) state: Arc<OwnedFd>,
}

/// Opens a snapshot, or says why it cannot be used here.
pub(crate) fn open(
    directory: &Path,
    ground: &Ground,
    base: impl FnOnce(&str) -> Result<(PathBuf, String), SandboxError>,
) -> Result<Asleep, String> {
    let manifest = Manifest::read(directory).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "there is none of that name".to_owned(),
        _ => format!("its manifest cannot be read ({error})"),
    })?;
    let (directory_of_code, template) = (directory.join(CODE), &manifest.template);
    let frozen = Frozen::open(directory, template, ground, base, &directory_of_code)?;
    let size_of_storage =
        template.spec.storage.as_ref().map_or(0, |storage| u64::from(storage.size_mib) << 20);
    let lengths = [
        (STATE, manifest.state.compressed),
        (OVERLAY, manifest.overlay),
        (RAM, u64::from(template.spec.limits.memory_mib) << 20),
    ];
    let storage = manifest.storage.then_some((STORAGE, size_of_storage));
    for (name, length) in lengths.into_iter().chain(storage) {
        let found = fs::metadata(directory.join(name)).map_err(|error| format!("{name}: {error}"))?.len();
        if found != length {
            return Err(format!("{name} has {found} bytes instead of {length}"));
        }
    }
    let state = unpack(&directory.join(STATE), manifest.state.length)
        .map_err(|error| format!("its state cannot be read ({error})"))?;
    Ok(Asleep { frozen: Arc::new(frozen), state: Arc::new(state), manifest })
}

/// The state itself, in memory. The checksum at its end has been found right.
fn unpack(path: &Path, length: u64) -> io::Result<OwnedFd> {
    let unpacked = File::from(rustix::fs::memfd_create("state", MemfdFlags::CLOEXEC)?);
    let decoder = zstd::Decoder::new(File::open(path)?)?;
    // One more would be too long, and is enough to know that.
    let found = io::copy(&mut decoder.take(length + 1), &mut &unpacked)?;
    if found != length {
        return Err(io::Error::other(format!("{found} bytes instead of {length}")));
    }
    rustix::fs::seek(&unpacked, rustix::fs::SeekFrom::Start(0))?;
    Ok(unpacked.into())
}
