//! The end record, from which a zip is read.

use super::fields::Fields;
use super::source::Source;
use crate::ArtifactError;

const END: &[u8; 4] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
const LONGEST_COMMENT: usize = 0xffff;
const LOCATOR: &[u8; 4] = b"PK\x06\x07";
const LOCATOR_LENGTH: usize = 20;
const END64: &[u8; 4] = b"PK\x06\x06";
const END64_LENGTH: usize = 56;

/// Where the central directory lies and how many entries it lists.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) entries: u64,
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// Finds the end record: the last one whose comment reaches exactly to the end of the file.
pub(super) fn find(source: &Source<'_>) -> Result<End, ArtifactError> {
    let window = source.length.min((END_LENGTH + LONGEST_COMMENT) as u64);
    let start = source.length - window;
    let mut tail = vec![0; usize::try_from(window).map_err(|_| ArtifactError::NotAZip)?];
    source.fill(&mut tail, start)?.ok_or(ArtifactError::NotAZip)?;
    let candidates = (0..=tail.len().saturating_sub(END_LENGTH)).rev();
    let Some(at) = candidates.into_iter().find(|at| ends_the_file(&tail[*at..])) else {
        return Err(ArtifactError::NotAZip);
    };
    let position = start + at as u64;
    let record = Record::parse(&tail[at..]).ok_or(ArtifactError::NotAZip)?;
    let (end, directory_end) = match wide(source, position)? {
        Some((end, position)) => {
            record.agrees_with(&end)?;
            (end, position)
        }
        None => (record.plain()?, position),
    };
    if end.offset.checked_add(end.size) != Some(directory_end) {
        return Err(inconsistent("the list of its files is not where its end says"));
    }
    Ok(end)
}

fn ends_the_file(bytes: &[u8]) -> bool {
    bytes.starts_with(END)
        && bytes.get(20..22).is_some_and(|length| {
            END_LENGTH + usize::from(u16::from_le_bytes([length[0], length[1]])) == bytes.len()
        })
}

fn inconsistent(what: &'static str) -> ArtifactError {
    ArtifactError::Inconsistent { what }
}

/// The plain end record's fields; all ones stand for "see the zip64 record".
struct Record {
    disks: (u16, u16),
    entries: (u16, u16),
    size: u32,
    offset: u32,
}

impl Record {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes.get(4..)?);
        Some(Self {
            disks: (fields.u16()?, fields.u16()?),
            entries: (fields.u16()?, fields.u16()?),
            size: fields.u32()?,
            offset: fields.u32()?,
        })
    }

    fn plain(&self) -> Result<End, ArtifactError> {
        if self.disks != (0, 0) || self.entries.0 != self.entries.1 {
            return Err(inconsistent("it is one part of several"));
        }
        Ok(End {
            entries: u64::from(self.entries.0),
            offset: u64::from(self.offset),
            size: u64::from(self.size),
        })
    }

    /// A field that is not all ones has to say the same as the zip64 record.
    fn agrees_with(&self, end: &End) -> Result<(), ArtifactError> {
        let entries = self.entries.1 == u16::MAX || u64::from(self.entries.1) == end.entries;
        let size = self.size == u32::MAX || u64::from(self.size) == end.size;
        let offset = self.offset == u32::MAX || u64::from(self.offset) == end.offset;
        if entries && size && offset {
            return Ok(());
        }
        Err(inconsistent("its two end records disagree"))
    }
}

/// The zip64 end record and its position, when a locator in front of the plain record points to one.
fn wide(source: &Source<'_>, position: u64) -> Result<Option<(End, u64)>, ArtifactError> {
    let Some(locator_at) = position.checked_sub(LOCATOR_LENGTH as u64) else { return Ok(None) };
    let mut locator = [0; LOCATOR_LENGTH];
    source.fill(&mut locator, locator_at)?.ok_or(ArtifactError::NotAZip)?;
    if !locator.starts_with(LOCATOR) {
        return Ok(None);
    }
    let mut fields = Fields(&locator[8..]);
    let at = fields.u64().filter(|at| at.checked_add(END64_LENGTH as u64) == Some(locator_at));
    let at = at.ok_or_else(|| inconsistent("its zip64 end record is not where it should be"))?;
    let mut record = [0; END64_LENGTH];
    source.fill(&mut record, at)?.ok_or(ArtifactError::NotAZip)?;
    if !record.starts_with(END64) {
        return Err(inconsistent("its zip64 end record is not where it should be"));
    }
    let end = parse_wide(&record).ok_or_else(|| inconsistent("it is one part of several"))?;
    Ok(Some((end, at)))
}

fn parse_wide(record: &[u8]) -> Option<End> {
    let mut fields = Fields(record.get(16..)?);
    let disks = (fields.u32()?, fields.u32()?);
    let entries = (fields.u64()?, fields.u64()?);
    let (size, offset) = (fields.u64()?, fields.u64()?);
    (disks == (0, 0) && entries.0 == entries.1).then_some(End { entries: entries.0, offset, size })
}
