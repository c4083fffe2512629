//! The archive's file, read by position.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use crate::ArtifactError;

/// The file and its length at the time of opening.
pub(crate) struct Source<'a> {
    file: &'a File,
    pub(crate) length: u64,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a File) -> Result<Self, ArtifactError> {
        let length = file.metadata().map_err(ArtifactError::Read)?.len();
        Ok(Self { file, length })
    }

    /// Exactly the bytes at `offset`; `None` when the file ends before them.
    pub(super) fn fill(&self, buffer: &mut [u8], offset: u64) -> Result<Option<()>, ArtifactError> {
        match self.file.read_exact_at(buffer, offset) {
            Ok(()) => Ok(Some(())),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(ArtifactError::Read(error)),
        }
    }

    /// The bytes from `start` up to `end` as a stream.
    pub(super) fn range(&self, start: u64, end: u64) -> Range<'a> {
        Range { file: self.file, at: start, end }
    }
}

/// Part of the file as a stream.
pub(super) struct Range<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for Range<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..wanted], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
