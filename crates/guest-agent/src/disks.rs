//! Finding block devices by serial: their letters depend on the order in which they were probed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The device node of the disk with this serial.
pub(crate) fn find(serial: &str) -> io::Result<PathBuf> {
    let name = find_in(Path::new("/sys/block"), serial)?;
    Ok(Path::new("/dev").join(name))
}

fn find_in(blocks: &Path, serial: &str) -> io::Result<String> {
    for entry in fs::read_dir(blocks)? {
        let entry = entry?;
        // Devices of other kinds have no serial there.
        let Ok(found) = fs::read(entry.path().join("serial")) else { continue };
        if parse(&found) == serial.as_bytes()
            && let Ok(name) = entry.file_name().into_string()
        {
            return Ok(name);
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, format!("no disk has the serial {serial:?}")))
}

/// A serial as the kernel shows it: up to 20 bytes, perhaps padded with NUL, perhaps ended by a line feed.
fn parse(shown: &[u8]) -> &[u8] {
    let end = shown.iter().position(|byte| matches!(byte, 0 | b'\n'));
    &shown[..end.unwrap_or(shown.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_lose_their_padding() {
        for shown in ["base", "base\n", "base\0\0\0", "base\0\0\n"] {
            assert_eq!(parse(shown.as_bytes()), b"base");
        }
        assert_eq!(parse(b""), b"");
    }

    #[test]
    fn the_disk_is_found_whatever_its_letter() {
        let blocks = tempfile::tempdir().unwrap();
        for (name, serial) in [("vda", "scratch"), ("vdb", "base\n"), ("loop0", "")] {
            let directory = blocks.path().join(name);
            fs::create_dir(&directory).unwrap();
            if !serial.is_empty() {
                fs::write(directory.join("serial"), serial).unwrap();
            }
        }
        assert_eq!(find_in(blocks.path(), "base").unwrap(), "vdb");
        assert_eq!(find_in(blocks.path(), "bas").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
