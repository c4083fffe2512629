//! The central directory: what the archive says it holds.

use std::io::{self, BufReader, Read};

use super::end::End;
use super::fields::Fields;
use super::source::Source;
use crate::error::printable;
use crate::name::Name;
use crate::{ArtifactError, Limits};

const HEADER: &[u8; 4] = b"PK\x01\x02";
const HEADER_LENGTH: usize = 46;
const ZIP64_EXTRA: u16 = 1;
/// Encrypted, strongly encrypted, and with a masked directory.
const ENCRYPTED_FLAGS: u16 = 1 | 1 << 6 | 1 << 13;
/// "Made by" hosts whose external attributes hold a Unix mode.
const UNIX_HOSTS: [u8; 2] = [3, 19];
const MODE_TYPE: u32 = 0o170_000;
const MODE_DIRECTORY: u32 = 0o040_000;
const MODE_FILE: u32 = 0o100_000;
const MODE_LINK: u32 = 0o120_000;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File { executable: bool },
    Directory,
    Link,
}

/// How an entry's bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflated,
}

/// One entry with a name below the root.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: Name,
    /// The name as it is spelled, which the local header has to repeat.
    pub(super) spelled: Vec<u8>,
    pub(crate) kind: Kind,
    pub(super) method: Method,
    pub(super) checksum: u32,
    pub(super) packed: u64,
    pub(crate) size: u64,
    /// Where its local header lies.
    pub(super) header: u64,
    /// Where its packed bytes lie; known once the local header was read.
    pub(super) data: u64,
}

impl Entry {
    /// This entry is broken in the way that `what` says.
    pub(crate) fn damaged(&self, what: &'static str) -> ArtifactError {
        ArtifactError::Damaged { name: printable(&self.spelled), what }
    }
}

/// Reads the whole directory, entries of the root itself left out.
pub(super) fn read(source: &Source<'_>, end: &End, limits: &Limits) -> Result<Vec<Entry>, ArtifactError> {
    if end.entries > limits.entries as u64 {
        return Err(ArtifactError::TooMany { what: "files and directories", limit: limits.entries });
    }
    let mut stream = BufReader::new(source.range(end.offset, end.offset + end.size));
    let mut entries = Vec::new();
    let (mut names, mut unpacked) = (0, 0_u64);
    for _ in 0..end.entries {
        let record = Record::read(&mut stream)?;
        names += record.name.len();
        if names > limits.names {
            return Err(ArtifactError::TooMany { what: "bytes of file names", limit: limits.names });
        }
        unpacked = unpacked.saturating_add(record.size);
        if unpacked > limits.unpacked {
            return Err(ArtifactError::Unpacked { limit: limits.unpacked });
        }
        if let Some(name) = Name::parse(&record.name, limits)? {
            entries.push(record.into_entry(name)?);
        }
    }
    match stream.read(&mut [0]) {
        Ok(0) => Ok(entries),
        Ok(_) => Err(ArtifactError::Inconsistent { what: "it lists more files than its end says" }),
        Err(error) => Err(ArtifactError::Read(error)),
    }
}

/// One record as it stands.
struct Record {
    host: u8,
    flags: u16,
    method: u16,
    checksum: u32,
    packed: u64,
    size: u64,
    attributes: u32,
    header: u64,
    name: Vec<u8>,
}

impl Record {
    fn read(stream: &mut impl Read) -> Result<Self, ArtifactError> {
        let mut fixed = [0; HEADER_LENGTH];
        exactly(stream, &mut fixed)?;
        if !fixed.starts_with(HEADER) {
            return Err(ArtifactError::Inconsistent { what: "the list of its files is broken" });
        }
        let length = |at: usize| usize::from(u16::from_le_bytes([fixed[at], fixed[at + 1]]));
        let (name_length, extra_length) = (length(28), length(30));
        let mut variable = vec![0; name_length + extra_length + length(32)];
        exactly(stream, &mut variable)?;
        Self::parse(&fixed, &variable, name_length, extra_length)
            .ok_or(ArtifactError::Inconsistent { what: "the list of its files is broken" })
    }

    fn parse(fixed: &[u8], variable: &[u8], name_length: usize, extra_length: usize) -> Option<Self> {
        let mut fields = Fields(fixed.get(5..)?);
        let host = *fields.bytes(1)?.first()?;
        fields.u16()?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        fields.u32()?;
        let checksum = fields.u32()?;
        let (packed, size) = (fields.u32()?, fields.u32()?);
        fields.bytes(6)?;
        let disk = fields.u16()?;
        fields.u16()?;
        let (attributes, header) = (fields.u32()?, fields.u32()?);

        let mut variable = Fields(variable);
        let name = variable.bytes(name_length)?.to_vec();
        // The zip64 extra holds, in this order, only those fields that are all ones in the record.
        let mut wide = Fields(zip64_extra(variable.bytes(extra_length)?)?);
        let mut widen = |field: u32| match field {
            u32::MAX => wide.u64(),
            field => Some(u64::from(field)),
        };
        let (size, packed, header) = (widen(size)?, widen(packed)?, widen(header)?);
        let disk = if disk == u16::MAX { wide.u32()? } else { u32::from(disk) };
        (disk == 0).then_some(Self { host, flags, method, checksum, packed, size, attributes, header, name })
    }

    fn into_entry(self, name: Name) -> Result<Entry, ArtifactError> {
        let shown = || printable(&self.name);
        if self.flags & ENCRYPTED_FLAGS != 0 {
            return Err(ArtifactError::Encrypted { name: shown() });
        }
        let method = match self.method {
            0 => Method::Stored,
            8 => Method::Deflated,
            99 => return Err(ArtifactError::Encrypted { name: shown() }),
            other => {
                let method = method_name(other);
                return Err(ArtifactError::Compression { name: shown(), method });
            }
        };
        let kind = self.kind(name.slash)?;
        let (checksum, packed, size, header) = (self.checksum, self.packed, self.size, self.header);
        let entry = Entry { name, spelled: self.name, kind, method, checksum, packed, size, header, data: 0 };
        if entry.kind == Kind::Directory && entry.size != 0 {
            return Err(entry.damaged("it is a directory with content"));
        }
        if entry.method == Method::Stored && entry.packed != entry.size {
            return Err(entry.damaged("it is not compressed and yet has two sizes"));
        }
        Ok(entry)
    }

    fn kind(&self, slash: bool) -> Result<Kind, ArtifactError> {
        let mode = if UNIX_HOSTS.contains(&self.host) { self.attributes >> 16 } else { 0 };
        let executable = mode & 0o111 != 0;
        match (mode & MODE_TYPE, slash) {
            (MODE_DIRECTORY, _) | (0, true) => Ok(Kind::Directory),
            (0 | MODE_FILE, false) => Ok(Kind::File { executable }),
            (MODE_LINK, false) => Ok(Kind::Link),
            (MODE_FILE | MODE_LINK, true) => Err(ArtifactError::Damaged {
                name: printable(&self.name),
                what: "its name says directory, its type says file",
            }),
            _ => Err(ArtifactError::Special { name: printable(&self.name) }),
        }
    }
}

/// The zip64 field among the extra fields, empty when there is none; `None` when the fields are broken.
fn zip64_extra(extra: &[u8]) -> Option<&[u8]> {
    let mut fields = Fields(extra);
    // Some tools pad with up to three bytes, which cannot be a field.
    while fields.0.len() >= 4 {
        let (tag, length) = (fields.u16()?, fields.u16()?);
        let value = fields.bytes(usize::from(length))?;
        if tag == ZIP64_EXTRA {
            return Some(value);
        }
    }
    Some(&[])
}

fn exactly(stream: &mut impl Read, buffer: &mut [u8]) -> Result<(), ArtifactError> {
    stream.read_exact(buffer).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            ArtifactError::Inconsistent { what: "it lists fewer files than its end says" }
        }
        _ => ArtifactError::Read(error),
    })
}

fn method_name(number: u16) -> String {
    let name = match number {
        1 => "shrink",
        2..=5 => "reduce",
        6 => "implode",
        9 => "deflate64",
        12 => "bzip2",
        14 => "LZMA",
        93 => "Zstandard",
        95 => "XZ",
        98 => "PPMd",
        other => return format!("method {other}"),
    };
    name.to_owned()
}
