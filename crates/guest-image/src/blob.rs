//! Reading what may be compressed, by its first bytes rather than by what it is called.

use std::io::{self, BufReader, Cursor, Read};

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const XZ: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];

/// The plain content of `source`.
pub(crate) fn plain<'a>(mut source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut first = Vec::with_capacity(XZ.len());
    source.by_ref().take(u64::try_from(XZ.len()).expect("six fits")).read_to_end(&mut first)?;
    let begins = |magic: &[u8]| first.starts_with(magic);
    let (gzip, zstd, xz) = (begins(GZIP), begins(ZSTD), begins(XZ));
    let whole = BufReader::with_capacity(64 * 1024, Cursor::new(first).chain(source));
    Ok(if gzip {
        Box::new(flate2::bufread::MultiGzDecoder::new(whole))
    } else if zstd {
        Box::new(ruzstd::decoding::StreamingDecoder::new(whole).map_err(io::Error::other)?)
    } else if xz {
        Box::new(lzma_rust2::XzReader::new(whole, true))
    } else {
        Box::new(whole)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        plain(bytes).unwrap().read_to_end(&mut content).unwrap();
        content
    }

    #[test]
    fn compressed_and_plain_content_read_alike() {
        let content = b"the same content again and again and again".repeat(100);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&content).unwrap();
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        let zstd = ruzstd::encoding::compress_to_vec(&content[..], level);
        assert_eq!(read(&content), content);
        assert_eq!(read(&gzip.finish().unwrap()), content);
        assert_eq!(read(&zstd), content);
        assert_eq!(read(b"x"), b"x");
        assert_eq!(read(b""), b"");
    }
}
