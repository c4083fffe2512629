//! zip64 end records: taken when they are true, refused when they are odd.

use artifact::Limits;

use crate::forge::{Forged, zip};
use crate::{Bench, refusal};

const PLAIN_END: usize = 22;

/// The archive with a zip64 end record in which `change` may alter any byte.
fn widened(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut archive = zip(&[Forged::file("main.py", b"print()")]);
    let plain = archive.split_off(archive.len() - PLAIN_END);
    let at = archive.len() as u64;
    let offset = u32::from_le_bytes(plain[16..20].try_into().expect("four bytes"));
    let mut wide = b"PK\x06\x06".to_vec();
    wide.extend(44_u64.to_le_bytes());
    wide.extend([45, 0, 45, 0]);
    wide.extend([0; 8]);
    for field in [1, 1, at - u64::from(offset), u64::from(offset)] {
        wide.extend(field.to_le_bytes());
    }
    wide.extend(b"PK\x06\x07\0\0\0\0");
    wide.extend(at.to_le_bytes());
    wide.extend(1_u32.to_le_bytes());
    wide.extend(b"PK\x05\x06\0\0\0\0");
    wide.extend([0xff; 12]);
    wide.extend([0, 0]);
    change(&mut wide);
    archive.extend(wide);
    archive
}

#[test]
fn a_true_zip64_end_is_read() {
    let bench = Bench::new(&widened(|_| {}));
    assert_eq!(bench.unpack(&Limits::default()).expect("a zip64 archive").files, 1);
}

#[test]
fn a_lying_zip64_end_is_refused() {
    for (byte, what) in [
        (0, "its signature"),
        (16, "its disk"),
        (24, "its entries here"),
        (32, "its entries"),
        (40, "the directory's size"),
        (48, "the directory's place"),
        (64, "the place in the locator"),
    ] {
        let message = refusal(&widened(|wide| wide[byte] ^= 1), &Limits::default());
        assert!(message.contains("damaged"), "{what}: {message}");
    }
}

#[test]
fn two_ends_that_disagree_are_refused() {
    let archive = widened(|wide| {
        let plain = wide.len() - PLAIN_END;
        wide[plain + 10..plain + 12].copy_from_slice(&[2, 0]);
    });
    assert!(refusal(&archive, &Limits::default()).contains("two end records disagree"));
}

#[test]
fn a_count_that_cannot_be_is_refused_before_it_costs_anything() {
    let archive = widened(|wide| {
        for field in [24, 32] {
            wide[field..field + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        }
    });
    assert!(refusal(&archive, &Limits::default()).contains("too many"));
}
