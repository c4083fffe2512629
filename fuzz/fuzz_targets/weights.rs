//! A model's weights come from strangers: any bytes are refused, or give the tensors that were asked for.

#![no_main]

use inference_local::weights::{Shapes, Weights};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let wanted: Shapes = [("a".to_owned(), vec![2, 3]), ("b".to_owned(), vec![2])].into_iter().collect();
    // As announced, and as a file that was longer when it was looked at.
    let exact = Weights::read(bytes, bytes.len() as u64, &wanted);
    let longer = Weights::read(bytes, bytes.len() as u64 + 1, &wanted);
    assert!(exact.is_err() || longer.is_err(), "a file has one length");
});
