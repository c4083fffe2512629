//! The lines of the `aws-chunked` encoding: chunk headers and trailers.

use std::mem;

use bytes::{Buf, Bytes};

use crate::error::AuthError;

/// A chunk's header is a number, a name and a signature; a trailer a short header. More is an attack.
const LONGEST: usize = 1024;

/// Collects bytes until a line is complete.
#[derive(Debug, Default)]
pub(super) struct Line(Vec<u8>);

impl Line {
    /// Takes bytes up to the end of the line; the line without its end once it is complete.
    pub(super) fn take(&mut self, bytes: &mut Bytes) -> Result<Option<Vec<u8>>, AuthError> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(bytes.len(), |end| end + 1);
        if self.0.len() + length > LONGEST {
            return Err(AuthError::MalformedChunks("a line is too long"));
        }
        self.0.extend_from_slice(&bytes[..length]);
        bytes.advance(length);
        if end.is_none() {
            return Ok(None);
        }
        let mut line = mem::take(&mut self.0);
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(line))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A chunk's size and, if it has one, its signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ChunkHeader {
    pub(super) size: u64,
    pub(super) signature: Option<[u8; 32]>,
}

impl ChunkHeader {
    pub(super) fn parse(line: &[u8]) -> Result<Self, AuthError> {
        let line = std::str::from_utf8(line)
            .map_err(|_| AuthError::MalformedChunks("a chunk's header is not text"))?;
        let (size, extension) = line.split_once(';').map_or((line, None), |(size, rest)| (size, Some(rest)));
        let is_hex = (1..=16).contains(&size.len()) && size.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = u64::from_str_radix(size, 16).ok().filter(|_| is_hex);
        let size = size.ok_or(AuthError::MalformedChunks("a chunk's size is no hexadecimal number"))?;
        let signature = extension
            .map(|extension| {
                let digits = extension.strip_prefix("chunk-signature=");
                digits
                    .and_then(parse_digest)
                    .ok_or(AuthError::MalformedChunks("a chunk's extension is no signature"))
            })
            .transpose()?;
        Ok(Self { size, signature })
    }
}

pub(super) fn parse_digest(digits: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    hex::decode_to_slice(digits, &mut digest).ok().map(|()| digest)
}

/// A trailing header: its name in lower case and its value.
pub(super) fn parse_trailer(line: &[u8]) -> Result<(String, String), AuthError> {
    let malformed = AuthError::MalformedChunks("a trailer is no header");
    let Some((name, value)) = std::str::from_utf8(line).ok().and_then(|line| line.split_once(':')) else {
        return Err(malformed);
    };
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(malformed);
    }
    Ok((name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_come_in_pieces() {
        let mut line = Line::default();
        assert_eq!(line.take(&mut Bytes::from("1")).unwrap(), None);
        let mut rest = Bytes::from("0\r\ndata");
        assert_eq!(line.take(&mut rest).unwrap().unwrap(), b"10");
        assert_eq!(rest, "data");
        assert!(line.is_empty());
        assert!(line.take(&mut Bytes::from(vec![b'0'; LONGEST + 1])).is_err());
    }

    #[test]
    fn chunk_headers_are_strict() {
        assert_eq!(ChunkHeader::parse(b"1fF").unwrap(), ChunkHeader { size: 0x1ff, signature: None });
        for line in
            ["", "+1", "-1", " 1", "0x1", "g", "1;", "1;chunk-signature=", "1;x=1", "10000000000000000"]
        {
            assert!(ChunkHeader::parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
