//! A template's memory, read to be compared with.

use std::io;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{SeekFrom, seek};
use rustix::io::{Errno, pread};

use crate::thinning::{Below, PAGE};

/// How much is read at once: pages are asked for in rising order.
const WINDOW: u64 = 256 << 10;

/// The memory. It is read, not mapped: a mapped file that somebody cuts short takes the whole server down.
pub(super) struct Ram {
    file: Arc<OwnedFd>,
    window: Vec<u8>,
    begin: u64,
    /// Where nothing was ever written, as far as it is known.
    hole: Range<u64>,
    /// Where something was written, as far as it is known.
    data: Range<u64>,
}

impl Ram {
    pub(super) fn new(file: Arc<OwnedFd>) -> Self {
        Self { file, window: Vec::new(), begin: 0, hole: 0..0, data: 0..0 }
    }

    /// Whether the page lies where nothing was ever written. Asking costs nothing, reading would fill the host's
    /// cache with zeros.
    fn is_hole(&mut self, offset: u64) -> io::Result<bool> {
        if !self.hole.contains(&offset) && !self.data.contains(&offset) {
            let page = PAGE as u64;
            let data = match seek(&self.file, SeekFrom::Data(offset)) {
                Ok(data) => data / page * page,
                Err(Errno::NXIO) => u64::MAX,
                Err(error) => return Err(error.into()),
            };
            if data > offset {
                self.hole = offset..data;
            } else {
                self.data = offset..seek(&self.file, SeekFrom::Hole(offset))?.max(offset + page);
            }
        }
        Ok(self.hole.contains(&offset))
    }

    fn page(&mut self, offset: u64) -> io::Result<&[u8]> {
        let begin = offset / WINDOW * WINDOW;
        if self.window.is_empty() || self.begin != begin {
            self.window.resize(usize::try_from(WINDOW).expect("a window fits in memory"), 0);
            let mut filled = 0;
            while filled < self.window.len() {
                match pread(&self.file, &mut self.window[filled..], begin + filled as u64) {
                    Ok(0) => break,
                    Ok(count) => filled += count,
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            self.window.truncate(filled);
            self.begin = begin;
        }
        let at = usize::try_from(offset - begin).expect("a window fits in memory");
        self.window.get(at..at + PAGE).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl Below for Ram {
    fn holds(&mut self, offset: u64, content: Option<&[u8]>) -> io::Result<bool> {
        if self.is_hole(offset)? {
            return Ok(content.is_none());
        }
        Ok(self.page(offset)? == content.unwrap_or(&[0; PAGE]))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    use super::*;

    #[test]
    fn pages_are_told_from_holes_and_from_each_other() {
        let file = tempfile::tempfile().unwrap();
        let page = PAGE as u64;
        file.set_len(2 * WINDOW).unwrap();
        file.write_all_at(&[7; PAGE], WINDOW + page).unwrap();
        file.write_all_at(&[0; PAGE], WINDOW + 2 * page).unwrap();
        let mut ram = Ram::new(Arc::new(File::into(file)));
        let mut holds = |offset, content: Option<&[u8]>| ram.holds(offset, content).unwrap();
        assert!(holds(0, None));
        assert!(!holds(page, Some(&[7; PAGE])));
        assert!(holds(WINDOW + page, Some(&[7; PAGE])));
        assert!(!holds(WINDOW + page, Some(&[8; PAGE])));
        assert!(!holds(WINDOW + page, None));
        assert!(holds(WINDOW + 2 * page, None));
        assert!(holds(2 * WINDOW - page, None));
        assert!(holds(0, None));
    }
}
