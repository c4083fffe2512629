//! The kernel and its modules, picked out of the archive of an unpacked kernel package.

use std::io::Read;
use std::path::Path;

use tar::Archive;

use crate::blob;
use crate::error::{ImageError, On};
use crate::modules::{Modules, name_of};

/// What a guest boots.
pub(crate) struct Kernel {
    pub(crate) version: String,
    pub(crate) image: Vec<u8>,
    pub(crate) modules: Modules,
}

/// Reads the archive, which holds one kernel.
pub(crate) fn pick(path: &Path) -> Result<Kernel, ImageError> {
    let archive = std::fs::File::open(path).on(path)?;
    let mut image = None;
    let mut modules = Modules::default();
    for entry in Archive::new(archive).entries().on(path)? {
        let entry = entry.on(path)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = name.trim_start_matches("./").trim_start_matches("usr/");
        if let Some(version) = name.strip_prefix("boot/vmlinuz-") {
            image = Some((version.to_owned(), read(entry).on(path)?));
        } else if !name.starts_with("lib/modules/") {
            continue;
        } else if let Some(module) = name_of(name) {
            let content = read(blob::plain(entry).on(path)?).on(path)?;
            modules.loadable.insert(module, content);
        } else if name.ends_with("/modules.builtin") {
            let list = read(entry).on(path)?;
            modules.built_in = String::from_utf8_lossy(&list).lines().filter_map(name_of).collect();
        }
    }
    let (version, image) = image.ok_or_else(|| ImageError::KernelLacks("boot/vmlinuz".to_owned()))?;
    Ok(Kernel { version, image, modules })
}

fn read(mut source: impl Read) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    source.read_to_end(&mut content)?;
    Ok(content)
}
