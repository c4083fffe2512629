//! The local headers: they have to repeat what the directory says, and no two entries may share bytes.
//!
//! Entries that overlap are how a small zip becomes petabytes, and how two readers see two archives.

use super::central::{Entry, Method};
use super::fields::Fields;
use super::source::Source;
use crate::ArtifactError;

const HEADER: &[u8; 4] = b"PK\x03\x04";
const HEADER_LENGTH: usize = 30;

/// Finds each entry's bytes, all of them in front of `directory`, and sorts the entries by place.
pub(super) fn place(source: &Source<'_>, entries: &mut [Entry], directory: u64) -> Result<(), ArtifactError> {
    entries.sort_by_key(|entry| entry.header);
    let mut free = 0;
    for entry in entries {
        if entry.header < free {
            return Err(entry.damaged("it shares bytes with another file"));
        }
        entry.data = data_offset(source, entry)?;
        free = entry
            .data
            .checked_add(entry.packed)
            .filter(|end| *end <= directory)
            .ok_or_else(|| entry.damaged("its content is cut off"))?;
    }
    Ok(())
}

/// Where the bytes behind the local header begin.
fn data_offset(source: &Source<'_>, entry: &Entry) -> Result<u64, ArtifactError> {
    let mut header = vec![0; HEADER_LENGTH + entry.spelled.len()];
    let misplaced = || entry.damaged("it is not where the list of files says");
    if entry.header >= source.length {
        return Err(misplaced());
    }
    let read = source.fill(&mut header, entry.header)?;
    let local = read.and_then(|()| Local::parse(&header)).ok_or_else(misplaced)?;
    let method = match entry.method {
        Method::Stored => 0,
        Method::Deflated => 8,
    };
    if local.name_length != entry.spelled.len() || header[HEADER_LENGTH..] != entry.spelled {
        return Err(entry.damaged("it has two different names"));
    }
    if local.method != method {
        return Err(entry.damaged("it names two different compression methods"));
    }
    Ok(entry.header + header.len() as u64 + u64::from(local.extra_length))
}

struct Local {
    method: u16,
    name_length: usize,
    extra_length: u16,
}

impl Local {
    fn parse(header: &[u8]) -> Option<Self> {
        let mut fields = Fields(header);
        (fields.bytes(4)? == HEADER).then_some(())?;
        fields.bytes(4)?;
        let method = fields.u16()?;
        fields.bytes(16)?;
        Some(Self { method, name_length: usize::from(fields.u16()?), extra_length: fields.u16()? })
    }
}
