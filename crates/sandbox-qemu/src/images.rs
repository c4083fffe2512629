//! The guest kernel, its modules and the base images, as `make setup` leaves them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use guest_image::initramfs;
use sandbox::{BaseImage, SandboxError};
use sha2::{Digest, Sha256};

/// One images directory.
#[derive(Clone, Debug)]
pub(crate) struct Images(guest_image::Images);

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
        let images = guest_image::Images::open(directory).map_err(|error| {
            SandboxError::NotInstalled(format!(
                "the guest images in {} cannot be used ({error}): run `make setup`",
                directory.display()
            ))
        })?;
        Ok(Self(images))
    }

    /// The base images.
    pub(crate) fn bases(&self) -> Vec<BaseImage> {
        let described = |base: &guest_image::BaseEntry| BaseImage {
            name: base.name.clone(),
            digest: base.file.digest.clone(),
            runtimes: base.runtimes.clone(),
        };
        self.0.bases().iter().map(described).collect()
    }

    /// File and digest of a base image.
    pub(crate) fn base(&self, name: &str) -> Result<(PathBuf, String), SandboxError> {
        let base = self.0.base(name).ok_or_else(|| SandboxError::NoBase(name.to_owned()))?;
        Ok((self.0.path(&base.file), base.file.digest.clone()))
    }

    /// Kernel and initramfs; the latter is put together in `cache` when it is not there yet.
    pub(crate) fn boot_files(&self, guest_agent: &Path, cache: &Path) -> Result<BootFiles, SandboxError> {
        let agent = fs::read(guest_agent).map_err(|error| {
            SandboxError::NotInstalled(format!(
                "the guest agent {} cannot be read ({error}): build it with `make setup`",
                guest_agent.display()
            ))
        })?;
        let (kernel, modules) = (&self.0.kernel().file, self.0.modules());
        let mut digest = Sha256::new();
        digest.update(&kernel.digest);
        digest.update(&modules.digest);
        digest.update(&agent);
        let digest = hex::encode(digest.finalize());
        let initramfs = cache.join(format!("initramfs-{digest}.cpio"));
        if !initramfs.exists() {
            let failed = crate::home::failed(|| "putting the initial file system together");
            write_initramfs(&self.0.path(modules), &agent, &initramfs).map_err(failed)?;
        }
        Ok(BootFiles { kernel: self.0.path(kernel), initramfs, digest })
    }
}

fn write_initramfs(modules: &Path, agent: &[u8], target: &Path) -> io::Result<()> {
    let unfinished = target.with_extension("new");
    fs::write(&unfinished, initramfs(&fs::read(modules)?, agent))?;
    fs::rename(unfinished, target)
}
