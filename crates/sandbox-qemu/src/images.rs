//! The guest kernel, its modules and the base images, as `make setup` leaves them.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sandbox::{BaseImage, SandboxError};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// One images directory.
#[derive(Clone, Debug)]
pub(crate) struct Images {
    directory: PathBuf,
    index: Index,
}

#[derive(Clone, Debug, Deserialize)]
struct Index {
    kernel: Part,
    modules: Part,
    bases: Vec<Base>,
}

#[derive(Clone, Debug, Deserialize)]
struct Part {
    file: String,
    digest: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Base {
    name: String,
    file: String,
    digest: String,
    runtimes: Vec<String>,
}

/// What a guest boots from.
pub(crate) struct BootFiles {
    pub(crate) kernel: PathBuf,
    pub(crate) initramfs: PathBuf,
    /// Of kernel, modules and guest agent together.
    pub(crate) digest: String,
}

impl Images {
    /// Reads the index.
    pub(crate) fn open(directory: &Path) -> Result<Self, SandboxError> {
        let index = directory.join("index.json");
        let missing = |reason: String| {
            SandboxError::NotInstalled(format!(
                "there are no guest images in {}: run `make setup` ({reason})",
                directory.display()
            ))
        };
        let text = fs::read(&index).map_err(|error| missing(error.to_string()))?;
        let index = serde_json::from_slice(&text).map_err(|error| missing(error.to_string()))?;
        Ok(Self { directory: directory.to_owned(), index })
    }

    /// The base images.
    pub(crate) fn bases(&self) -> Vec<BaseImage> {
        let described = |base: &Base| BaseImage {
            name: base.name.clone(),
            digest: base.digest.clone(),
            runtimes: base.runtimes.clone(),
        };
        self.index.bases.iter().map(described).collect()
    }

    /// File and digest of a base image.
    pub(crate) fn base(&self, name: &str) -> Result<(PathBuf, String), SandboxError> {
        let base = self.index.bases.iter().find(|base| base.name == name);
        let base = base.ok_or_else(|| SandboxError::NoBase(name.to_owned()))?;
        Ok((self.directory.join(&base.file), base.digest.clone()))
    }

    /// Kernel and initramfs; the latter is put together in `cache` when it is not there yet.
    pub(crate) fn boot_files(&self, guest_agent: &Path, cache: &Path) -> Result<BootFiles, SandboxError> {
        let agent = fs::read(guest_agent).map_err(|error| {
            SandboxError::NotInstalled(format!(
                "the guest agent {} cannot be read ({error}): build it with `make setup`",
                guest_agent.display()
            ))
        })?;
        let mut digest = Sha256::new();
        digest.update(&self.index.kernel.digest);
        digest.update(&self.index.modules.digest);
        digest.update(&agent);
        let digest = hex::encode(digest.finalize());
        let initramfs = cache.join(format!("initramfs-{digest}.cpio"));
        if !initramfs.exists() {
            let failed = crate::home::failed(|| "putting the initial file system together");
            self.write_initramfs(&agent, &initramfs).map_err(failed)?;
        }
        Ok(BootFiles { kernel: self.directory.join(&self.index.kernel.file), initramfs, digest })
    }

    /// An archive behind an archive: the kernel unpacks both.
    fn write_initramfs(&self, agent: &[u8], target: &Path) -> io::Result<()> {
        let modules = fs::read(self.directory.join(&self.index.modules.file))?;
        let unfinished = target.with_extension(format!("new-{}", std::process::id()));
        let mut file = fs::File::create(&unfinished)?;
        file.write_all(&archive(&modules, agent))?;
        fs::rename(unfinished, target)
    }
}

/// The modules' archive with another behind it that holds the guest agent as `/init`.
fn archive(modules: &[u8], agent: &[u8]) -> Vec<u8> {
    let mut archive = modules.to_vec();
    archive.resize(archive.len().next_multiple_of(512), 0);
    member(&mut archive, "init", 0o100_755, agent);
    member(&mut archive, "TRAILER!!!", 0, &[]);
    archive
}

/// One member in the kernel's `newc` format: a header of thirteen hexadecimal fields, name, content, each padded
/// to four bytes.
fn member(archive: &mut Vec<u8>, name: &str, mode: u32, content: &[u8]) {
    let fields = [0, u64::from(mode), 0, 0, 1, 0, content.len() as u64, 0, 0, 0, 0, name.len() as u64 + 1, 0];
    archive.extend_from_slice(b"070701");
    for field in fields {
        archive.extend_from_slice(format!("{field:08X}").as_bytes());
    }
    archive.extend_from_slice(name.as_bytes());
    archive.push(0);
    archive.resize(archive.len().next_multiple_of(4), 0);
    archive.extend_from_slice(content);
    archive.resize(archive.len().next_multiple_of(4), 0);
}
