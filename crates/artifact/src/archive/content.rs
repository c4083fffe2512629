//! An entry's bytes, unpacked and checked against what the directory promised.

use std::io::{self, BufReader, Read, Write};

use flate2::bufread::DeflateDecoder;

use super::central::{Entry, Method};
use super::source::{Range, Source};
use crate::ArtifactError;

const BUFFER: usize = 64 * 1024;

impl Entry {
    /// Writes the entry's bytes to `sink`, never more than the promised size.
    pub(crate) fn copy(&self, source: &Source<'_>, sink: &mut impl Write) -> Result<u64, ArtifactError> {
        let mut content = Content::new(self, source);
        let mut checksum = crc32fast::Hasher::new();
        let mut buffer = vec![0; BUFFER];
        let mut written = 0;
        loop {
            let read = content.read(&mut buffer).map_err(|error| self.unreadable(error))?;
            if read == 0 {
                break;
            }
            written += read as u64;
            if written > self.size {
                return Err(self.damaged("it unpacks to more than it says"));
            }
            checksum.update(&buffer[..read]);
            sink.write_all(&buffer[..read]).map_err(ArtifactError::Write)?;
        }
        if written != self.size || content.consumed() != self.packed {
            return Err(self.damaged("its content is cut off"));
        }
        if checksum.finalize() != self.checksum {
            return Err(self.damaged("its checksum does not match its content"));
        }
        Ok(written)
    }

    /// The disk's own errors carry a number; what the decoder finds does not.
    fn unreadable(&self, error: io::Error) -> ArtifactError {
        match error.raw_os_error() {
            Some(_) => ArtifactError::Read(error),
            None => self.damaged("its content cannot be unpacked"),
        }
    }
}

enum Content<'a> {
    Stored { range: Range<'a>, consumed: u64 },
    Deflated(DeflateDecoder<BufReader<Range<'a>>>),
}

impl<'a> Content<'a> {
    fn new(entry: &Entry, source: &Source<'a>) -> Self {
        let range = source.range(entry.data, entry.data + entry.packed);
        match entry.method {
            Method::Stored => Self::Stored { range, consumed: 0 },
            Method::Deflated => Self::Deflated(DeflateDecoder::new(BufReader::with_capacity(BUFFER, range))),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored { range, consumed } => {
                let read = range.read(buffer)?;
                *consumed += read as u64;
                Ok(read)
            }
            Self::Deflated(decoder) => decoder.read(buffer),
        }
    }

    fn consumed(&self) -> u64 {
        match self {
            Self::Stored { consumed, .. } => *consumed,
            Self::Deflated(decoder) => decoder.total_in(),
        }
    }
}
