//! Which kernel modules a guest needs, and in which order.

use std::collections::BTreeMap;

use object::{Object, ObjectSection};

use crate::cpio::Archive;
use crate::error::ImageError;

/// What a guest cannot do without: its disks, the host's port, and its file systems with the checksums they use.
pub(crate) const WANTED: [&str; 7] =
    ["virtio_mmio", "virtio_blk", "virtio_console", "crc32c_intel", "erofs", "overlay", "ext4"];

/// The modules of a kernel package, by name with underscores.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    /// Content, decompressed.
    pub(crate) loadable: BTreeMap<String, Vec<u8>>,
    /// Names of those that are part of the kernel image.
    pub(crate) built_in: Vec<String>,
}

impl Modules {
    /// The archive of all that is wanted, with `/modules/order` to say in which order it is loaded.
    pub(crate) fn archive(&self) -> Result<Vec<u8>, ImageError> {
        let mut order = Vec::new();
        for name in WANTED {
            self.add(name, &mut order)?;
        }
        let mut archive = Archive::default();
        archive.directory("modules");
        for name in &order {
            archive.file(&format!("modules/{name}.ko"), 0o444, &self.loadable[*name]);
        }
        archive.file("modules/order", 0o444, format!("{}\n", order.join("\n")).as_bytes());
        Ok(archive.finish())
    }

    /// Adds a module behind those that it depends on.
    fn add<'a>(&'a self, name: &str, order: &mut Vec<&'a str>) -> Result<(), ImageError> {
        if order.contains(&name) || self.built_in.iter().any(|built_in| built_in == name) {
            return Ok(());
        }
        let found = self.loadable.get_key_value(name);
        let (name, content) = found.ok_or_else(|| ImageError::KernelLacks(format!("module {name}")))?;
        for needed in dependencies(content)? {
            self.add(&needed, order)?;
        }
        order.push(name);
        Ok(())
    }
}

/// The name of the module in a file of this path, if it is one.
pub(crate) fn name_of(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?;
    let (name, suffix) = file.split_once(".ko")?;
    matches!(suffix, "" | ".xz" | ".zst" | ".gz").then(|| name.replace('-', "_"))
}

/// What a module says that it needs.
fn dependencies(module: &[u8]) -> Result<Vec<String>, ImageError> {
    let bad = || ImageError::KernelLacks("readable modules".to_owned());
    let file = object::File::parse(module).map_err(|_| bad())?;
    let info = file.section_by_name(".modinfo").ok_or_else(bad)?.data().map_err(|_| bad())?;
    let fields = info.split(|byte| *byte == 0);
    let listed = fields.filter_map(|field| field.strip_prefix(b"depends="));
    let names = listed.flat_map(|list| list.split(|byte| *byte == b',')).filter(|name| !name.is_empty());
    Ok(names.map(|name| String::from_utf8_lossy(name).replace('-', "_")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest ELF file with a `.modinfo` section.
    fn module(depends: &str) -> Vec<u8> {
        let info = format!("license=GPL\0depends={depends}\0name=x\0");
        let names = b"\0.modinfo\0.shstrtab\0";
        let (info_at, names_at) = (64, 64 + info.len());
        let sections_at = (names_at + names.len()).next_multiple_of(8);
        let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x01\0\x3e\0\x01\0\0\0".to_vec();
        elf.extend([0; 16]);
        elf.extend(u64::try_from(sections_at).unwrap().to_le_bytes());
        elf.extend([0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 64, 0, 3, 0, 2, 0]);
        elf.truncate(40);
        elf.extend(u64::try_from(sections_at).unwrap().to_le_bytes());
        elf.extend([0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 64, 0, 3, 0, 2, 0]);
        assert_eq!(elf.len(), info_at);
        elf.extend(info.as_bytes());
        elf.extend(names);
        elf.resize(sections_at, 0);
        elf.extend([0; 64]);
        for (name, kind, at, size) in [(1_u32, 1_u32, info_at, info.len()), (10, 3, names_at, names.len())] {
            elf.extend(name.to_le_bytes());
            elf.extend(kind.to_le_bytes());
            elf.extend([0; 16]);
            elf.extend(u64::try_from(at).unwrap().to_le_bytes());
            elf.extend(u64::try_from(size).unwrap().to_le_bytes());
            elf.extend([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
            elf.extend([0; 8]);
        }
        elf
    }

    #[test]
    fn dependencies_come_first_and_built_in_modules_not_at_all() {
        let mut modules = Modules { built_in: vec!["ext4".to_owned()], ..Modules::default() };
        for (name, depends) in [
            ("virtio_mmio", "virtio,virtio-ring"),
            ("virtio_ring", ""),
            ("virtio", "virtio_ring"),
            ("virtio_blk", "virtio"),
            ("virtio_console", "virtio"),
            ("crc32c_intel", ""),
            ("erofs", "libcrc32c"),
            ("libcrc32c", ""),
            ("overlay", ""),
            ("unwanted", ""),
        ] {
            modules.loadable.insert(name.to_owned(), module(depends));
        }
        let archive = modules.archive().unwrap();
        let order = "virtio_ring\nvirtio\nvirtio_mmio\nvirtio_blk\nvirtio_console\ncrc32c_intel\nlibcrc32c\nerofs\noverlay\n";
        assert!(archive.windows(order.len()).any(|window| window == order.as_bytes()));
        modules.loadable.remove("erofs");
        assert!(matches!(modules.archive(), Err(ImageError::KernelLacks(what)) if what == "module erofs"));
    }

    #[test]
    fn modules_are_known_by_their_endings() {
        assert_eq!(
            name_of("./lib/modules/6.1/kernel/fs/x/crc32c-intel.ko.xz").as_deref(),
            Some("crc32c_intel")
        );
        assert_eq!(name_of("lib/erofs.ko").as_deref(), Some("erofs"));
        for other in ["lib/modules.order", "lib/x.ko.sig", "x.koala"] {
            assert_eq!(name_of(other), None);
        }
    }
}
