//! Images as they lie in blobs: what is not zero, compressed.
//!
//! ```text
//! magic, length of the image │ place, length, bytes │ … │ END, 0     numbers are big-endian; zstd around all of it
//! ```

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use super::SIZE_MIB;

const MAGIC: &[u8; 8] = b"FHDISK\x00\x01";
const END: u64 = u64::MAX;
/// What is zero is left out in units of this.
const BLOCK: usize = 4096;
/// How much is read at once, and the longest piece.
const PIECE: usize = 256 * BLOCK;
/// The largest image.
const LARGEST: u64 = (SIZE_MIB as u64) << 20;
const LEVEL: i32 = 3;

/// Packs `image` into the new file `packed`.
pub(super) fn pack(image: &Path, packed: &Path) -> io::Result<()> {
    let image = File::open(image)?;
    let length = image.metadata()?.len();
    let mut out = zstd::Encoder::new(File::create_new(packed)?, LEVEL)?;
    out.include_checksum(true)?;
    out.write_all(MAGIC)?;
    out.write_all(&length.to_be_bytes())?;
    let mut piece = vec![0; PIECE];
    let mut place = 0;
    while let Some((begin, end)) = data(&image, place)? {
        place = begin;
        while place < end {
            let count = usize::try_from(end - place).unwrap_or(PIECE).min(PIECE);
            image.read_exact_at(&mut piece[..count], place)?;
            write_blocks(&mut out, place, &piece[..count])?;
            place += count as u64;
        }
    }
    out.write_all(&END.to_be_bytes())?;
    out.write_all(&0_u64.to_be_bytes())?;
    out.finish()?;
    Ok(())
}

/// Where the next stretch begins and ends that is not a hole.
fn data(image: &File, place: u64) -> io::Result<Option<(u64, u64)>> {
    let begin = match seek(image, SeekFrom::Data(place)) {
        Ok(begin) => begin,
        Err(Errno::NXIO) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(Some((begin, seek(image, SeekFrom::Hole(begin))?)))
}

/// Writes the runs of blocks that are not zero.
fn write_blocks(out: &mut impl Write, place: u64, piece: &[u8]) -> io::Result<()> {
    let zero = |block: &&[u8]| block.iter().all(|byte| *byte == 0);
    let mut from = 0;
    while from < piece.len() {
        let skipped = piece[from..].chunks(BLOCK).take_while(zero).map(<[u8]>::len).sum::<usize>();
        from += skipped;
        let run =
            piece[from..].chunks(BLOCK).take_while(|block| !zero(block)).map(<[u8]>::len).sum::<usize>();
        if run > 0 {
            out.write_all(&(place + from as u64).to_be_bytes())?;
            out.write_all(&(run as u64).to_be_bytes())?;
            out.write_all(&piece[from..from + run])?;
        }
        from += run;
    }
    Ok(())
}

/// Makes the new file `image` from `packed`.
pub(super) fn unpack(packed: &Path, image: &Path) -> io::Result<()> {
    let mut packed = zstd::Decoder::new(File::open(packed)?)?;
    let mut magic = [0; MAGIC.len()];
    packed.read_exact(&mut magic)?;
    let length = number(&mut packed)?;
    if magic != *MAGIC || length > LARGEST {
        return Err(malformed());
    }
    let image = File::create_new(image)?;
    image.set_len(length)?;
    let mut piece = vec![0; PIECE];
    loop {
        let (place, count) = (number(&mut packed)?, number(&mut packed)?);
        if place == END {
            break;
        }
        let count = usize::try_from(count).ok().filter(|count| *count <= PIECE).ok_or_else(malformed)?;
        if place.checked_add(count as u64).is_none_or(|end| end > length) {
            return Err(malformed());
        }
        packed.read_exact(&mut piece[..count])?;
        image.write_all_at(&piece[..count], place)?;
    }
    // The checksum comes last.
    if packed.read(&mut piece)? != 0 {
        return Err(malformed());
    }
    Ok(())
}

fn number(from: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes)?;
    Ok(u64::from_be_bytes(bytes))
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is no packed storage")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked_as_it_was(
            length in 0..3_000_000_u64,
            writes in prop::collection::vec((0..2_990_000_u64, any::<u8>(), 1..10_000_usize), 0..6),
        ) {
            let directory = tempfile::tempdir().unwrap();
            let path = |name: &str| directory.path().join(name);
            let image = File::create_new(path("image")).unwrap();
            image.set_len(length).unwrap();
            for (place, byte, count) in writes {
                if place + (count as u64) <= length {
                    image.write_all_at(&vec![byte; count], place).unwrap();
                }
            }
            pack(&path("image"), &path("packed")).unwrap();
            unpack(&path("packed"), &path("again")).unwrap();
            prop_assert!(fs::read(path("image")).unwrap() == fs::read(path("again")).unwrap());
        }
    }

    #[test]
    fn what_is_empty_takes_no_room_and_what_is_torn_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let image = File::create_new(path("image")).unwrap();
        image.set_len(LARGEST).unwrap();
        image.write_all_at(b"something", 1 << 29).unwrap();
        pack(&path("image"), &path("packed")).unwrap();
        let packed = fs::read(path("packed")).unwrap();
        assert!(packed.len() < 200, "{} bytes", packed.len());
        for (name, torn) in
            [("short", &packed[..packed.len() - 1]), ("nothing", b"" as &[u8]), ("noise", b"noise")]
        {
            fs::write(path(name), torn).unwrap();
            assert!(unpack(&path(name), &path(&format!("from-{name}"))).is_err(), "{name}");
        }
        image.set_len(LARGEST + 1).unwrap();
        pack(&path("image"), &path("large")).unwrap();
        assert!(unpack(&path("large"), &path("from-large")).is_err());
    }
}
