//! The initial ramdisk: the kernel's modules and process 1.

use crate::cpio::Archive;

/// Puts `agent` as `/init` behind the archive of modules; the kernel unpacks both, one after the other.
pub fn initramfs(modules: &[u8], agent: &[u8]) -> Vec<u8> {
    let mut archive = Archive::default();
    archive.file("init", 0o755, agent);
    let mut bytes = modules.to_vec();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(archive.finish());
    bytes
}
