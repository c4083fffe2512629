//! Empty qcow2 overlays, written without `qemu-img`.
//!
//! The file names no backing file: the command line says what lies beneath, so a path never ends up in an image.
//! Layout in clusters of 64 KiB: header, refcount table, refcount block, L1 table.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

const CLUSTER: u64 = 1 << 16;
/// What one entry of the L1 table spans: a cluster of eight-byte entries, each of one cluster.
const SPAN_OF_L1_ENTRY: u64 = CLUSTER / 8 * CLUSTER;

/// Makes `file` an overlay of `size` bytes in which nothing is written yet.
pub(crate) fn write_empty(file: &File, size: u64) -> io::Result<()> {
    file.set_len(4 * CLUSTER)?;
    file.write_all_at(&header(size), 0)?;
    file.write_all_at(&(2 * CLUSTER).to_be_bytes(), CLUSTER)?;
    let counts = [1_u16; 4].map(u16::to_be_bytes);
    file.write_all_at(counts.as_flattened(), 2 * CLUSTER)
}

fn header(size: u64) -> Vec<u8> {
    let l1_entries = u32::try_from(size.div_ceil(SPAN_OF_L1_ENTRY)).unwrap_or(u32::MAX);
    let mut header = Vec::with_capacity(112);
    header.extend_from_slice(b"QFI\xfb");
    header.extend_from_slice(&3_u32.to_be_bytes()); // version
    header.extend_from_slice(&[0; 12]); // no backing file's name
    header.extend_from_slice(&16_u32.to_be_bytes()); // bits of a cluster
    header.extend_from_slice(&size.to_be_bytes());
    header.extend_from_slice(&0_u32.to_be_bytes()); // not encrypted
    header.extend_from_slice(&l1_entries.to_be_bytes());
    header.extend_from_slice(&(3 * CLUSTER).to_be_bytes()); // L1 table
    header.extend_from_slice(&CLUSTER.to_be_bytes()); // refcount table
    header.extend_from_slice(&1_u32.to_be_bytes()); // its clusters
    header.extend_from_slice(&[0; 12]); // no snapshots
    header.extend_from_slice(&[0; 24]); // no features
    header.extend_from_slice(&4_u32.to_be_bytes()); // refcounts of 16 bits
    header.extend_from_slice(&104_u32.to_be_bytes()); // length of this header
    header.extend_from_slice(&[0; 8]); // end of extensions
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_its_fields_where_the_format_wants_them() {
        let header = header(3 * SPAN_OF_L1_ENTRY + 1);
        assert_eq!(header.len(), 112);
        assert_eq!(header[24..32], (3 * SPAN_OF_L1_ENTRY + 1).to_be_bytes());
        assert_eq!(header[36..40], 4_u32.to_be_bytes());
        assert_eq!(header[40..48], 0x30000_u64.to_be_bytes());
        assert_eq!(header[100..104], 104_u32.to_be_bytes());
    }
}
