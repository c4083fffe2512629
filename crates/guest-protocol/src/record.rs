//! Records: marked, length-prefixed JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Precedes every record of the host.
pub const HOST_MARK: [u8; 16] = *b"\x00FREEHOLD-HOST\x01\xff";
/// Precedes every record of the guest.
pub const GUEST_MARK: [u8; 16] = *b"\x00FREEHOLD-GUES\x01\xff";

/// Longest body accepted, in bytes. A boot record carries a whole environment.
pub const MAX_BODY: usize = 1 << 20;

/// Why bytes are no record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The announced body is longer than [`MAX_BODY`].
    #[error("a record of {0} bytes is too long")]
    TooLong(usize),
    /// The body is not the JSON expected.
    #[error("the record cannot be read")]
    Malformed(#[from] serde_json::Error),
}

/// A record as bytes.
pub fn encode<T: Serialize>(mark: &[u8; 16], body: &T) -> Result<Vec<u8>, RecordError> {
    let json = serde_json::to_vec(body)?;
    let length = u32::try_from(json.len()).ok().filter(|_| json.len() <= MAX_BODY);
    let length = length.ok_or(RecordError::TooLong(json.len()))?;
    let mut bytes = Vec::with_capacity(mark.len() + 4 + json.len());
    bytes.extend_from_slice(mark);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&json);
    Ok(bytes)
}

/// Finds records in a stream of bytes, skipping what is not one.
#[derive(Debug)]
pub struct Scanner {
    mark: [u8; 16],
    pending: Vec<u8>,
}

impl Scanner {
    /// Looks for records that begin with `mark`.
    pub fn new(mark: [u8; 16]) -> Self {
        Self { mark, pending: Vec::new() }
    }

    /// Takes in bytes as they come.
    pub fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// The next whole record, if it is here. What precedes it is dropped.
    #[expect(clippy::should_implement_trait, reason = "each call names its own type of record")]
    pub fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RecordError> {
        self.skip_to_mark();
        let head = self.mark.len() + 4;
        if self.pending.len() < head {
            return Ok(None);
        }
        let length: [u8; 4] =
            self.pending[self.mark.len()..head].try_into().expect("four bytes are four bytes");
        let length = usize::try_from(u32::from_be_bytes(length)).expect("a u32 fits in a usize here");
        if length > MAX_BODY {
            self.pending.drain(..self.mark.len());
            return Err(RecordError::TooLong(length));
        }
        if self.pending.len() < head + length {
            return Ok(None);
        }
        let record = serde_json::from_slice(&self.pending[head..head + length]);
        self.pending.drain(..head + length);
        Ok(Some(record?))
    }

    /// What came behind the last record: the beginning of what follows it.
    pub fn into_rest(self) -> Vec<u8> {
        self.pending
    }

    fn skip_to_mark(&mut self) {
        let found = self.pending.windows(self.mark.len()).position(|window| window == self.mark);
        let noise = found.unwrap_or_else(|| {
            // A mark may have begun at the very end.
            let longest = self.pending.len().min(self.mark.len() - 1);
            let begun = (0..=longest).rev().find(|length| self.pending.ends_with(&self.mark[..*length]));
            self.pending.len() - begun.unwrap_or(0)
        });
        self.pending.drain(..noise);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hello::Answer;

    #[test]
    fn records_are_found_in_noise_at_every_split() {
        let mut bytes = b"noise\x00FREEHOLD-GUE noise".to_vec();
        bytes.extend(encode(&GUEST_MARK, &Answer::Frozen).unwrap());
        bytes.extend(b"rest");
        for split in 0..bytes.len() {
            let mut scanner = Scanner::new(GUEST_MARK);
            scanner.push(&bytes[..split]);
            let mut found = scanner.next::<Answer>().unwrap();
            scanner.push(&bytes[split..]);
            if found.is_none() {
                found = scanner.next().unwrap();
            }
            assert_eq!((found, scanner.into_rest()), (Some(Answer::Frozen), b"rest".to_vec()));
        }
    }

    proptest! {
        #[test]
        fn records_survive_any_noise_before_them_in_any_pieces(
            noise in prop::collection::vec(any::<u8>(), 0..200),
            begun in 0..GUEST_MARK.len(),
            reason in ".{0,40}",
            piece in 1..50_usize,
        ) {
            let answer = Answer::Failed { reason };
            // Noise may end with the beginning of a mark; it holds no whole one.
            let mut bytes = [&noise[..], &GUEST_MARK[..begun]].concat();
            bytes.extend(encode(&GUEST_MARK, &answer).unwrap());
            let mut scanner = Scanner::new(GUEST_MARK);
            let mut found = None;
            for part in bytes.chunks(piece) {
                scanner.push(part);
                found = found.or(scanner.next::<Answer>().unwrap());
            }
            prop_assert_eq!(found, Some(answer));
            prop_assert!(scanner.into_rest().is_empty());
        }
    }

    #[test]
    fn a_record_that_is_no_json_is_refused_once() {
        let mut bytes = GUEST_MARK.to_vec();
        bytes.extend(3_u32.to_be_bytes());
        bytes.extend(b"{x}");
        bytes.extend(encode(&GUEST_MARK, &Answer::Awake).unwrap());
        let mut scanner = Scanner::new(GUEST_MARK);
        scanner.push(&bytes);
        assert!(matches!(scanner.next::<Answer>(), Err(RecordError::Malformed(_))));
        assert_eq!(scanner.next::<Answer>().unwrap(), Some(Answer::Awake));
    }

    #[test]
    fn a_body_that_is_too_long_is_not_made() {
        let reason = "x".repeat(MAX_BODY);
        assert!(matches!(encode(&GUEST_MARK, &Answer::Failed { reason }), Err(RecordError::TooLong(_))));
    }

    #[test]
    fn a_length_that_cannot_be_is_refused_and_skipped() {
        let mut bytes = GUEST_MARK.to_vec();
        bytes.extend(u32::MAX.to_be_bytes());
        bytes.extend(encode(&GUEST_MARK, &Answer::Awake).unwrap());
        let mut scanner = Scanner::new(GUEST_MARK);
        scanner.push(&bytes);
        assert!(scanner.next::<Answer>().is_err());
        assert_eq!(scanner.next::<Answer>().unwrap(), Some(Answer::Awake));
    }
}
