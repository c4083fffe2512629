//! Zips written field by field, so that any field can lie.

use std::io::Write;

/// One entry, true until a field is changed.
#[derive(Clone)]
pub(crate) struct Forged {
    pub(crate) name: Vec<u8>,
    /// The name in the local header, when it is another one.
    pub(crate) local_name: Option<Vec<u8>>,
    pub(crate) packed: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) checksum: u32,
    pub(crate) size: u32,
    pub(crate) mode: u32,
    /// The local header's place, when the directory lies about it.
    pub(crate) offset: Option<u32>,
}

impl Forged {
    /// A stored regular file.
    pub(crate) fn file(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.into(),
            local_name: None,
            packed: content.to_vec(),
            flags: 0,
            method: 0,
            checksum: crc32fast::hash(content),
            size: content.len().try_into().expect("a small file"),
            mode: 0o100_644,
            offset: None,
        }
    }

    /// A deflated regular file.
    pub(crate) fn deflated(name: &str, content: &[u8]) -> Self {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).expect("memory takes it");
        let packed = encoder.finish().expect("memory takes it");
        Self { packed, method: 8, ..Self::file(name, content) }
    }

    pub(crate) fn link(name: &str, target: &str) -> Self {
        Self { mode: 0o120_777, ..Self::file(name, target.as_bytes()) }
    }

    pub(crate) fn directory(name: &str) -> Self {
        Self { mode: 0o040_755, ..Self::file(name, b"") }
    }

    fn fields(&self, name: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for field in [20, self.flags, self.method, 0, 0x21] {
            out.extend(field.to_le_bytes());
        }
        let packed = u32::try_from(self.packed.len()).expect("a small file");
        for field in [self.checksum, packed, self.size] {
            out.extend(field.to_le_bytes());
        }
        out.extend(u16::try_from(name.len()).expect("a short name").to_le_bytes());
        out.extend([0, 0]);
        out
    }
}

/// The archive of these entries.
pub(crate) fn zip(entries: &[Forged]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let at = u32::try_from(out.len()).expect("a small archive");
        let local_name = entry.local_name.as_ref().unwrap_or(&entry.name);
        out.extend(b"PK\x03\x04");
        out.extend(entry.fields(local_name));
        out.extend(local_name);
        out.extend(&entry.packed);

        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(entry.fields(&entry.name));
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(entry.offset.unwrap_or(at).to_le_bytes());
        directory.extend(&entry.name);
    }
    end(out, &directory, entries.len())
}

/// `out` with a central directory and an end record behind it.
fn end(mut out: Vec<u8>, directory: &[u8], entries: usize) -> Vec<u8> {
    let at = u32::try_from(out.len()).expect("a small archive");
    let size = u32::try_from(directory.len()).expect("a small archive");
    let entries = u16::try_from(entries).expect("few entries").to_le_bytes();
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(entries);
    out.extend(entries);
    out.extend(size.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}
