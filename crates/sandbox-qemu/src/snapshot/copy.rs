//! Copies of files with holes.

use std::fs::File;
use std::io;

use rustix::fs::{SeekFrom, copy_file_range, ioctl_ficlone, seek};
use rustix::io::Errno;

/// Copies all of `from` into the empty file `to`: by sharing its blocks where the file system can, else without
/// what was never written.
pub(crate) fn copy_sparse(from: &File, to: &File) -> io::Result<()> {
    if ioctl_ficlone(to, from).is_ok() {
        return Ok(());
    }
    let length = from.metadata()?.len();
    to.set_len(length)?;
    let mut place = 0;
    while place < length {
        let begin = match seek(from, SeekFrom::Data(place)) {
            Ok(begin) => begin,
            Err(Errno::NXIO) => break,
            Err(error) => return Err(error.into()),
        };
        place = seek(from, SeekFrom::Hole(begin))?;
        copy_range(from, to, begin, place)?;
    }
    Ok(())
}

fn copy_range(from: &File, to: &File, mut begin: u64, end: u64) -> io::Result<()> {
    let mut target = begin;
    while begin < end {
        let left = usize::try_from(end - begin).unwrap_or(usize::MAX);
        match copy_file_range(from, Some(&mut begin), to, Some(&mut target), left) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileExt, MetadataExt};

    use super::*;

    #[test]
    fn content_is_copied_and_holes_stay() {
        let (from, to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        from.set_len(64 << 20).unwrap();
        for place in [0, 5 << 20, (64 << 20) - 3] {
            from.write_all_at(b"abc", place).unwrap();
        }
        copy_sparse(&from, &to).unwrap();
        let mut found = vec![0; 64 << 20];
        to.read_exact_at(&mut found, 0).unwrap();
        let places: Vec<usize> = (0..found.len()).filter(|place| found[*place] != 0).collect();
        assert_eq!(places.iter().map(|place| found[*place]).collect::<Vec<u8>>(), b"abcabcabc");
        assert_eq!(places[3], 5 << 20);
        assert!(to.metadata().unwrap().blocks() * 512 < 1 << 20);
    }
}
