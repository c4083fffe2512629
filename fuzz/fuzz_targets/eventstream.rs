//! Every frame that is encoded reads back as what went in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restjson::eventstream::encode;

fuzz_target!(|input: (Vec<(String, String)>, Vec<u8>)| {
    let (headers, payload) = input;
    let pairs: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let Ok(frame) = encode(&pairs, &payload) else {
        assert!(headers.iter().any(|(name, value)| name.len() > 255 || value.len() > 65_535) || frame_is_large(&headers, &payload));
        return;
    };
    let number = |at: usize| u32::from_be_bytes(frame[at..at + 4].try_into().expect("four bytes")) as usize;
    let (length, headers_length) = (number(0), number(4));
    assert_eq!(length, frame.len());
    assert_eq!(&frame[12 + headers_length..length - 4], payload);
    let mut rest = &frame[12..12 + headers_length];
    for (name, value) in &headers {
        let (found, after) = rest[1..].split_at(usize::from(rest[0]));
        assert_eq!(found, name.as_bytes());
        assert_eq!(after[0], 7);
        let size = usize::from(u16::from_be_bytes([after[1], after[2]]));
        assert_eq!(&after[3..3 + size], value.as_bytes());
        rest = &after[3 + size..];
    }
    assert!(rest.is_empty());
});

fn frame_is_large(headers: &[(String, String)], payload: &[u8]) -> bool {
    let size: usize = headers.iter().map(|(name, value)| 4 + name.len() + value.len()).sum();
    size > 128 << 10 || payload.len() > 24 << 20
}
