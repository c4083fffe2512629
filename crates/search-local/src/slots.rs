//! A file of entries of one size, each with a checksum.
//!
//! An entry is written before the commit that refers to it, and never changed while anything refers to it. So a crash
//! leaves at worst entries that nothing refers to, and those are free.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// An entry's number.
pub(crate) type Slot = u32;

/// The number that no entry has.
pub(crate) const NO_SLOT: Slot = Slot::MAX;

const CHECKSUM: usize = 4;

/// Entries that are written or read with one call.
const TOGETHER: usize = 256;

pub(crate) struct Slots {
    file: File,
    /// Where entries begin.
    from: u64,
    /// An entry's bytes, without its checksum.
    size: usize,
}

impl Slots {
    /// A new file that begins with this.
    pub(crate) fn create(path: &Path, head: &[u8], size: usize) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        let slots = Self { file, from: (head.len() + CHECKSUM) as u64, size };
        slots.file.write_all_at(&sealed(head), 0)?;
        Ok(slots)
    }

    /// A file that is there, with what it begins with.
    pub(crate) fn open(path: &Path, head: usize, size: usize) -> io::Result<(Self, Vec<u8>)> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let mut begin = vec![0; head + CHECKSUM];
        file.read_exact_at(&mut begin, 0)?;
        let slots = Self { file, from: begin.len() as u64, size };
        let begin = opened(&begin).ok_or_else(|| damaged("its head does not match its checksum"))?.to_vec();
        Ok((slots, begin))
    }

    /// How many entries there are, each whole.
    pub(crate) fn count(&self) -> io::Result<Slot> {
        let entries = self.file.metadata()?.len().saturating_sub(self.from) / self.stride() as u64;
        Slot::try_from(entries).map_err(|_| damaged("it has more entries than slots have numbers"))
    }

    /// Writes entries, whose slots ascend. Durable only after [`Slots::flush`].
    pub(crate) fn write(&self, entries: &[(Slot, Vec<u8>)]) -> io::Result<()> {
        for run in entries.chunk_by(|(slot, _), (next, _)| slot + 1 == *next) {
            for part in run.chunks(TOGETHER) {
                let bytes: Vec<u8> = part.iter().flat_map(|(_, entry)| sealed(entry)).collect();
                self.file.write_all_at(&bytes, self.offset(part[0].0))?;
            }
        }
        Ok(())
    }

    pub(crate) fn flush(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Hands each of these entries over, whose slots ascend.
    pub(crate) fn read(&self, slots: &[Slot], mut each: impl FnMut(Slot, &[u8])) -> io::Result<()> {
        let mut buffer = Vec::new();
        for run in slots.chunk_by(|slot, next| slot + 1 == *next) {
            for part in run.chunks(TOGETHER) {
                buffer.resize(part.len() * self.stride(), 0);
                self.file.read_exact_at(&mut buffer, self.offset(part[0]))?;
                for (slot, entry) in part.iter().zip(buffer.chunks_exact(self.stride())) {
                    let entry =
                        opened(entry).ok_or_else(|| damaged("an entry does not match its checksum"))?;
                    each(*slot, entry);
                }
            }
        }
        Ok(())
    }

    fn stride(&self) -> usize {
        self.size + CHECKSUM
    }

    fn offset(&self, slot: Slot) -> u64 {
        self.from + u64::from(slot) * self.stride() as u64
    }
}

fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(bytes.len() + CHECKSUM);
    sealed.extend_from_slice(bytes);
    sealed.extend_from_slice(&crc32fast::hash(bytes).to_le_bytes());
    sealed
}

fn opened(sealed: &[u8]) -> Option<&[u8]> {
    let (bytes, checksum) = sealed.split_last_chunk::<CHECKSUM>()?;
    (crc32fast::hash(bytes).to_le_bytes() == *checksum).then_some(bytes)
}

/// What a file that is not what it should be fails with.
pub(crate) fn damaged(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(fill: u8) -> Vec<u8> {
        vec![fill; 12]
    }

    fn all(slots: &Slots, wanted: &[Slot]) -> io::Result<Vec<(Slot, Vec<u8>)>> {
        let mut found = Vec::new();
        slots.read(wanted, |slot, entry| found.push((slot, entry.to_vec())))?;
        Ok(found)
    }

    #[test]
    fn entries_are_read_back_from_where_they_were_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("slots");
        let slots = Slots::create(&path, b"head", 12).unwrap();
        let written: Vec<_> =
            [0, 1, 2, 5, 700, 701].map(|slot: Slot| (slot, entry(slot.to_le_bytes()[0]))).to_vec();
        slots.write(&written).unwrap();
        slots.write(&[(1, entry(99))]).unwrap();
        slots.flush().unwrap();
        let (slots, head) = Slots::open(&path, 4, 12).unwrap();
        assert_eq!((head.as_slice(), slots.count().unwrap()), (b"head".as_slice(), 702));
        assert_eq!(
            all(&slots, &[0, 2, 5]).unwrap(),
            [0, 2, 5].map(|slot: Slot| (slot, entry(slot.to_le_bytes()[0])))
        );
        assert_eq!(all(&slots, &[1]).unwrap(), [(1, entry(99))]);
    }

    #[test]
    fn what_was_not_written_so_is_damaged() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("slots");
        Slots::create(&path, b"head", 12).unwrap().write(&[(0, entry(1)), (1, entry(2))]).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[8 + 16 + 3] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let (slots, _) = Slots::open(&path, 4, 12).unwrap();
        assert_eq!(all(&slots, &[0]).unwrap().len(), 1);
        assert_eq!(all(&slots, &[1]).unwrap_err().kind(), ErrorKind::InvalidData);
        std::fs::write(&path, &bytes[..30]).unwrap();
        assert_eq!(slots.count().unwrap(), 1, "a torn entry is none");
        assert_eq!(all(&slots, &[0, 1]).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        std::fs::write(&path, &bytes[1..]).unwrap();
        assert!(Slots::open(&path, 4, 12).is_err());
    }
}
