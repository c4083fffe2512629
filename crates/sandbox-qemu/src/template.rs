//! Templates on disk: a directory with a manifest, the guest's memory, the state of its devices and its disk.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, linkat};
use sandbox::{SandboxError, Template, TemplateSpec};
use serde::{Deserialize, Serialize};

use crate::command_line::{Disks, Memory, Scratch};
use crate::home::{open_read, open_write};
use crate::qcow2;

/// Raise it when the machine's devices change: what was frozen on other devices cannot be thawed.
const MACHINE_REVISION: u32 = 2;

pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const RAM: &str = "ram";
pub(crate) const STATE: &str = "state";
pub(crate) const SCRATCH: &str = "scratch.ext4";
/// The code layer, where it stands beside a machine's or a snapshot's other files.
pub(crate) const CODE: &str = "code.erofs";
pub(crate) const OVERLAY: &str = "scratch.qcow2";

/// What a machine was frozen on; it thaws only on the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ground {
    revision: u32,
    qemu: String,
    accelerated: bool,
    processor: String,
}

impl Ground {
    pub(crate) fn new(qemu: &str, accelerated: bool) -> Self {
        Self { revision: MACHINE_REVISION, qemu: qemu.to_owned(), accelerated, processor: processor() }
    }

    /// Why what was frozen on `other` cannot be thawed here.
    fn objection(&self, other: &Self) -> Option<String> {
        let differs =
            |what: &str, then: &str, now: &str| format!("it was made {what} {then:?}, this is {now:?}");
        if self.revision != other.revision {
            Some("it was made by another version of Freehold".to_owned())
        } else if self.qemu != other.qemu {
            Some(differs("with QEMU", &other.qemu, &self.qemu))
        } else if self.accelerated != other.accelerated {
            Some("it was made with another kind of acceleration".to_owned())
        } else if self.processor != other.processor {
            Some(differs("on the processor", &other.processor, &self.processor))
        } else {
            None
        }
    }
}

/// The processor's model, as the kernel names it.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(':'));
    name.map_or("unknown", |(_, name)| name.trim()).to_owned()
}

/// What a template's directory says about itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) ground: Ground,
    pub(crate) spec: TemplateSpec,
    /// Digest of the base image.
    pub(crate) base: String,
    /// Digest of kernel, modules and guest agent.
    pub(crate) boot_files: String,
    pub(crate) boot: Duration,
    pub(crate) freeze: Duration,
}

/// A template ready to start from. The descriptors keep it usable after its directory is gone.
pub(crate) struct Frozen {
    pub(crate) manifest: Manifest,
    pub(crate) ram: Arc<OwnedFd>,
    /// Opened anew for each restore: its position is part of reading it.
    pub(crate) state: PathBuf,
    pub(crate) scratch: Arc<OwnedFd>,
    pub(crate) base: Arc<OwnedFd>,
    pub(crate) code: Arc<OwnedFd>,
}

impl Frozen {
    /// A private view of its memory.
    pub(crate) fn memory(&self) -> Memory {
        let mib = self.manifest.spec.limits.memory_mib;
        Memory { file: Arc::clone(&self.ram), mib, shared: false }
    }

    /// Its disks, with an overlay in `directory` that takes what is written. An overlay that is there already is
    /// taken as it is.
    pub(crate) fn disks(&self, directory: &Path) -> io::Result<Disks> {
        let path = directory.join(OVERLAY);
        let empty = !path.exists();
        let overlay = open_write(&path)?;
        if empty {
            let size = u64::from(self.manifest.spec.limits.disk_mib) << 20;
            qcow2::write_empty(&fs::File::from(overlay.try_clone()?), size)?;
        }
        self.link_into(directory);
        let scratch = Scratch::Overlay { overlay, below: Arc::clone(&self.scratch) };
        Ok(Disks { base: Arc::clone(&self.base), code: Arc::clone(&self.code), scratch, storage: None })
    }
}

impl Frozen {
    /// Gives its files one more name each in `directory`, for snapshots to come: the template may be gone by then. A
    /// machine does without them, so whatever hinders it, such as a template that is gone already, is told by the
    /// snapshot that cannot be made.
    fn link_into(&self, directory: &Path) {
        for (file, name) in [(&self.ram, RAM), (&self.scratch, SCRATCH), (&self.code, CODE)] {
            let open = format!("/proc/self/fd/{}", file.as_raw_fd());
            if let Err(error) = linkat(CWD, open, CWD, directory.join(name), AtFlags::SYMLINK_FOLLOW) {
                tracing::debug!(name, %error, "a file of a template cannot have another name");
            }
        }
    }

    /// Opens the files in `directory` that `manifest` is about, or says why they cannot be used here.
    pub(crate) fn open(
        directory: &Path,
        manifest: &Manifest,
        ground: &Ground,
        base: impl FnOnce(&str) -> Result<(PathBuf, String), SandboxError>,
        code: &Path,
    ) -> Result<Self, String> {
        if let Some(objection) = ground.objection(&manifest.ground) {
            return Err(objection);
        }
        let (base, digest) = base(&manifest.spec.base).map_err(|error| error.to_string())?;
        if digest != manifest.base {
            return Err("its base image has been replaced".to_owned());
        }
        let open = || -> io::Result<Self> {
            Ok(Self {
                ram: open_write(&directory.join(RAM))?,
                state: directory.join(STATE),
                scratch: open_read(&directory.join(SCRATCH))?,
                base: open_read(&base)?,
                code: open_read(code)?,
                manifest: manifest.clone(),
            })
        };
        open().map_err(|error| format!("a file of it cannot be opened ({error})"))
    }
}

impl Manifest {
    pub(crate) fn write(&self, directory: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        fs::write(directory.join(MANIFEST), text)
    }

    fn read(directory: &Path) -> io::Result<Self> {
        serde_json::from_slice(&fs::read(directory.join(MANIFEST))?).map_err(io::Error::other)
    }

    pub(crate) fn describe(&self, directory: &Path) -> Template {
        Template {
            name: self.spec.name.clone(),
            boot: self.boot,
            freeze: self.freeze,
            size: allocated(directory),
        }
    }
}

/// Puts a finished template's files on the disk itself, so that a manifest never outlives what it describes.
pub(crate) fn sync(directory: &Path) -> io::Result<()> {
    for name in [RAM, STATE, SCRATCH, MANIFEST] {
        fs::File::open(directory.join(name))?.sync_all()?;
    }
    fs::File::open(directory)?.sync_all()
}

/// Opens a template, or says why it cannot be used here.
pub(crate) fn open(
    directory: &Path,
    ground: &Ground,
    base: impl FnOnce(&str) -> Result<(PathBuf, String), SandboxError>,
    code: impl FnOnce(&TemplateSpec) -> PathBuf,
) -> Result<Frozen, String> {
    let manifest = Manifest::read(directory).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "there is none of that name".to_owned(),
        _ => format!("its manifest cannot be read ({error})"),
    })?;
    let code = code(&manifest.spec);
    Frozen::open(directory, &manifest, ground, base, &code)
}

fn allocated(directory: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|found| found.blocks() * 512).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_qemu_is_objected_to_by_name() {
        let (now, then) = (Ground::new("8.2", false), Ground::new("7.2", false));
        assert_eq!(now.objection(&then).unwrap(), r#"it was made with QEMU "7.2", this is "8.2""#);
        assert_eq!(now.objection(&now), None);
    }
}
