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

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    /// Reads a frame back, checking both checksums and both lengths on the way.
    fn decode(frame: &[u8]) -> (Vec<(String, String)>, Vec<u8>) {
        let number = |at: usize| u32::from_be_bytes(frame[at..at + 4].try_into().unwrap());
        let (length, headers_end) = (number(0) as usize, PRELUDE + number(4) as usize);
        assert_eq!(length, frame.len());
        assert_eq!(number(8), hash(&frame[..8]));
        assert_eq!(number(length - CHECKSUM), hash(&frame[..length - CHECKSUM]));
        let mut headers = Vec::new();
        let mut rest = &frame[PRELUDE..headers_end];
        while let Some((name_length, after)) = rest.split_first() {
            let (name, after) = after.split_at(usize::from(*name_length));
            assert_eq!(after[0], TEXT);
            let (value, after) = after[3..].split_at(usize::from(u16::from_be_bytes([after[1], after[2]])));
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            headers.push((text(name), text(value)));
            rest = after;
        }
        (headers, frame[headers_end..length - CHECKSUM].to_vec())
    }

    #[test]
    fn frames_are_those_of_the_published_vectors() {
        let empty = encode(&[], b"").unwrap();
        expect!["000000100000000005c248eb7d98c8ff"].assert_eq(&hex::encode(&empty));
        let payload = encode(&[], b"{'foo':'bar'}").unwrap();
        expect!["0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936"]
            .assert_eq(&hex::encode(&payload));
    }

    #[test]
    fn an_event_reads_as_botocore_reads_it() {
        let headers =
            [(":event-type", "chunk"), (":content-type", "application/json"), (":message-type", "event")];
        let frame = encode(&headers, br#"{"a":1}"#).unwrap();
        // Checked by hand against botocore.eventstream.EventStreamBuffer.
        expect!["000000620000004b67de635c0b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b2261223a317d9150a922"].assert_eq(&hex::encode(&frame));
    }

    #[test]
    fn what_no_client_accepts_is_not_sent() {
        assert_eq!(encode(&[], &vec![0; MOST_PAYLOAD + 1]), Err(FrameTooLarge));
        assert_eq!(encode(&[("name", &"x".repeat(70_000))], b""), Err(FrameTooLarge));
        assert_eq!(encode(&[(&"x".repeat(256), "value")], b""), Err(FrameTooLarge));
    }

    proptest! {
        #[test]
        fn frames_read_back_as_they_were(
            headers in prop::collection::vec(("\\PC{0,40}", "\\PC{0,200}"), 0..8),
            payload in prop::collection::vec(any::<u8>(), 0..2000),
        ) {
            let pairs: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let frame = encode(&pairs, &payload).unwrap();
            prop_assert_eq!(decode(&frame), (headers, payload));
        }
    }
}
