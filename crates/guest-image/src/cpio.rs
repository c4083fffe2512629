//! Archives in the kernel's "newc" format, as far as an initial ramdisk needs them.

/// A directory of mode 755.
const DIRECTORY: u32 = 0o040_755;
/// A regular file.
const REGULAR: u32 = 0o100_000;

/// An archive under construction. Every field but size, mode and name is zero: same content, same bytes.
#[derive(Default)]
pub(crate) struct Archive {
    bytes: Vec<u8>,
    inode: u32,
}

impl Archive {
    /// Adds a directory.
    pub(crate) fn directory(&mut self, name: &str) {
        self.entry(name, DIRECTORY, &[]);
    }

    /// Adds a file with these permissions.
    pub(crate) fn file(&mut self, name: &str, permissions: u32, content: &[u8]) {
        self.entry(name, REGULAR | permissions, content);
    }

    /// The whole archive, padded so that another can follow.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.inode = 0;
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }

    fn entry(&mut self, name: &str, mode: u32, content: &[u8]) {
        let size = u32::try_from(content.len()).expect("what goes into a ramdisk is smaller than 4 GiB");
        let name_size = u32::try_from(name.len() + 1).expect("names are short");
        let links = if mode & 0o170_000 == 0o040_000 { 2 } else { 1 };
        self.bytes.extend_from_slice(b"070701");
        for field in [self.inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name_size, 0] {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(content);
        self.pad();
        self.inode += 1;
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads an archive back: name, mode and content of each entry.
    fn entries(mut bytes: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
        let mut found = Vec::new();
        loop {
            assert_eq!(&bytes[..6], b"070701");
            let field = |index: usize| {
                let text = std::str::from_utf8(&bytes[6 + 8 * index..14 + 8 * index]).unwrap();
                usize::try_from(u32::from_str_radix(text, 16).unwrap()).unwrap()
            };
            let (mode, size, name_size) = (field(1), field(6), field(11));
            let name = String::from_utf8(bytes[110..110 + name_size - 1].to_vec()).unwrap();
            let content = (110 + name_size).next_multiple_of(4);
            if name == "TRAILER!!!" {
                assert_eq!(bytes.len(), content);
                return found;
            }
            found.push((name, u32::try_from(mode).unwrap(), bytes[content..content + size].to_vec()));
            bytes = &bytes[(content + size).next_multiple_of(4)..];
        }
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(files in prop::collection::vec(("[a-z/]{1,20}", prop::collection::vec(any::<u8>(), 0..50)), 0..8)) {
            let mut archive = Archive::default();
            archive.directory("modules");
            for (name, content) in &files {
                archive.file(name, 0o755, content);
            }
            let bytes = archive.finish();
            prop_assert_eq!(bytes.len() % 4, 0);
            let mut expected = vec![("modules".to_owned(), 0o040_755, Vec::new())];
            expected.extend(files.into_iter().map(|(name, content)| (name, 0o100_755, content)));
            prop_assert_eq!(entries(&bytes), expected);
        }
    }
}
