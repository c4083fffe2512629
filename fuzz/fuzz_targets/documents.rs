//! Documents from strangers: anything is read or refused, and every piece is one that can be kept. PDFs are left out:
//! what their library does with some of them only a process of its own bounds.

#![no_main]

use documents::{Format, Limits, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let format = [Format::Text, Format::Markdown, Format::Html][usize::from(choice % 3)];
    let limits = Limits::default();
    let Ok(pieces) = read(format, bytes, &limits) else { return };
    assert!((1..=limits.pieces).contains(&pieces.len()));
    for piece in pieces {
        assert!(!piece.text.trim().is_empty());
        assert!(piece.text.chars().count() <= 1_000);
        assert!(piece.trail.iter().all(|title| !title.is_empty()));
    }
});
