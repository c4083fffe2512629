//! One frame: prelude, headers, payload, and a checksum after the prelude and at the end.

use bytes::{BufMut, Bytes, BytesMut};
use crc32fast::hash;

/// Lengths and the checksum of both.
const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;
/// What clients accept: botocore refuses payloads beyond 24 MiB and headers beyond 128 KiB.
const MOST_PAYLOAD: usize = 24 << 20;
const MOST_HEADERS: usize = 128 << 10;
/// The type mark of a header whose value is text.
const TEXT: u8 = 7;

/// A frame that no client would accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameTooLarge;

impl std::fmt::Display for FrameTooLarge {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an event is larger than a frame may be")
    }
}

impl std::error::Error for FrameTooLarge {}

/// Encodes a frame with headers whose values are text.
pub fn encode(headers: &[(&str, &str)], payload: &[u8]) -> Result<Bytes, FrameTooLarge> {
    let headers_length = headers.iter().map(|(name, value)| 4 + name.len() + value.len()).sum::<usize>();
    if payload.len() > MOST_PAYLOAD || headers_length > MOST_HEADERS {
        return Err(FrameTooLarge);
    }
    let length = PRELUDE + headers_length + payload.len() + CHECKSUM;
    let mut frame = BytesMut::with_capacity(length);
    frame.put_u32(u32::try_from(length).map_err(|_| FrameTooLarge)?);
    frame.put_u32(u32::try_from(headers_length).map_err(|_| FrameTooLarge)?);
    frame.put_u32(hash(&frame));
    for (name, value) in headers {
        frame.put_u8(u8::try_from(name.len()).map_err(|_| FrameTooLarge)?);
        frame.put_slice(name.as_bytes());
        frame.put_u8(TEXT);
        frame.put_u16(u16::try_from(value.len()).map_err(|_| FrameTooLarge)?);
        frame.put_slice(value.as_bytes());
    }
    frame.put_slice(payload);
    frame.put_u32(hash(&frame));
    Ok(frame.freeze())
}
