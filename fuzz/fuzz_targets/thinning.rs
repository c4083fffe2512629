//! A machine that was taken over writes its own state: whatever comes, in whatever pieces, is refused or passed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sandbox_qemu::thinning::{Below, PAGE, Thinned, Thinner};

const PAGES: u64 = 64;

/// A memory whose pages are each filled with their number modulo four.
struct Memory;

impl Below for Memory {
    fn holds(&mut self, offset: u64, content: Option<&[u8]>) -> std::io::Result<bool> {
        assert!(offset < PAGES * PAGE as u64, "only pages that exist are asked for");
        let value = offset / PAGE as u64 % 4;
        Ok(content.map_or(value == 0, |content| content.iter().all(|byte| u64::from(*byte) == value)))
    }
}

fn thin(bytes: &[u8], piece: usize) -> Option<(Vec<u8>, Thinned)> {
    let mut thinner = Thinner::new(Memory, PAGES * PAGE as u64);
    let mut out = Vec::new();
    for part in bytes.chunks(piece) {
        thinner.push(part, &mut out).ok()?;
    }
    let thinned = thinner.finish().ok()?;
    Some((out, thinned))
}

fuzz_target!(|data: &[u8]| {
    let (piece, bytes) = data.split_first().map_or((1, data), |(piece, rest)| (usize::from(*piece).max(1), rest));
    let whole = thin(bytes, bytes.len().max(1));
    assert_eq!(thin(bytes, piece), whole, "pieces make no difference");
    if let Some((out, _)) = whole {
        // What was thinned once has nothing left to thin.
        let (again, kept) = thin(&out, 4096).expect("what was passed is understood");
        assert_eq!((again, kept.dropped), (out, 0));
    }
});
