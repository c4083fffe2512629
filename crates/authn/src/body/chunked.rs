//! The `aws-chunked` encoding, signed or not.
//!
//! ```text
//!            size > 0            all data here
//!  ┌─▶ Header ───────▶ Data ───────────────────▶ DataEnd ─┐
//!  │     │ size = 0                               CRLF    │
//!  │     ▼                                                │
//!  │  Trailer ──empty line──▶ Over                        │
//!  └──────────────────────────────────────────────────────┘
//! ```
//!
//! A chunk's signature is checked when its last byte is here; that last piece is given out only when more
//! data follows or the end of the whole body is proven.

use std::collections::VecDeque;
use std::mem;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Trailers;
use super::chunk_line::{ChunkHeader, Line, parse_digest, parse_trailer};
use crate::canonical::EMPTY_SHA256;
use crate::claim::Claim;
use crate::error::AuthError;

/// More trailing headers than any client sends.
const MOST_TRAILERS: usize = 16;

/// Signs chunk after chunk, each signature resting on the one before; the first on the request's.
#[derive(Debug)]
pub(crate) struct ChunkSigner(Claim);

impl ChunkSigner {
    pub(crate) fn new(request: Claim) -> Self {
        Self(request)
    }

    fn chunk(&mut self, digest: &[u8]) -> [u8; 32] {
        self.sign("AWS4-HMAC-SHA256-PAYLOAD", &format!("{EMPTY_SHA256}\n{}", hex::encode(digest)))
    }

    fn trailer(&mut self, canonical: &str) -> [u8; 32] {
        self.sign("AWS4-HMAC-SHA256-TRAILER", &hex::encode(Sha256::digest(canonical)))
    }

    fn sign(&mut self, algorithm: &str, digests: &str) -> [u8; 32] {
        let Claim { key, signed_at, scope, signature } = &mut self.0;
        let previous = hex::encode(&signature);
        let text = format!("{algorithm}\n{signed_at}\n{scope}\n{previous}\n{digests}");
        *signature = key.sign(text.as_bytes());
        *signature
    }
}

/// Reads the encoding and proves what it brings.
#[derive(Debug)]
pub(crate) struct Chunked {
    state: State,
    line: Line,
    signer: Option<ChunkSigner>,
    takes_trailers: bool,
    /// Bytes of content that are still to come, if the caller said how many there are.
    remaining: Option<u64>,
    held: Option<Bytes>,
    trailers: Vec<(String, String)>,
    trailer_signature: Option<[u8; 32]>,
    seen: Trailers,
}

#[derive(Debug)]
enum State {
    Header,
    Data { left: u64, hasher: Sha256, signature: Option<[u8; 32]> },
    DataEnd,
    Trailer,
    Over,
}

impl Chunked {
    /// A body of `length` bytes of content, if that is known.
    pub(crate) fn new(
        signer: Option<ChunkSigner>,
        takes_trailers: bool,
        length: Option<u64>,
        seen: Trailers,
    ) -> Self {
        Self {
            state: State::Header,
            line: Line::default(),
            signer,
            takes_trailers,
            remaining: length,
            held: None,
            trailers: Vec::new(),
            trailer_signature: None,
            seen,
        }
    }

    pub(super) fn feed(&mut self, mut bytes: Bytes, out: &mut VecDeque<Bytes>) -> Result<(), AuthError> {
        while !bytes.is_empty() {
            if let State::Data { .. } = self.state {
                self.feed_data(&mut bytes, out)?;
            } else if let State::Over = self.state {
                return Err(AuthError::MalformedChunks("there are bytes after the end"));
            } else if let Some(line) = self.line.take(&mut bytes)? {
                self.feed_line(&line)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, out: &mut VecDeque<Bytes>) -> Result<(), AuthError> {
        // Some clients leave out the empty line after the last chunk if there are no trailers.
        if matches!(self.state, State::Trailer) && self.line.is_empty() && self.trailers.is_empty() {
            self.end()?;
        }
        if !matches!(self.state, State::Over) {
            return Err(AuthError::MalformedChunks("the body ends too early"));
        }
        out.extend(self.held.take());
        Ok(())
    }

    fn feed_data(&mut self, bytes: &mut Bytes, out: &mut VecDeque<Bytes>) -> Result<(), AuthError> {
        let State::Data { left, hasher, signature } = &mut self.state else { return Ok(()) };
        let length = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let piece = bytes.split_to(length);
        if self.signer.is_some() {
            hasher.update(&piece);
        }
        *left -= length as u64;
        out.extend(self.held.replace(piece));
        if *left == 0 {
            let (digest, signature) = (hasher.finalize_reset(), *signature);
            check_chunk(self.signer.as_mut(), &digest, signature)?;
            self.state = State::DataEnd;
        }
        Ok(())
    }

    fn feed_line(&mut self, line: &[u8]) -> Result<(), AuthError> {
        match &self.state {
            State::Header => self.start_chunk(&ChunkHeader::parse(line)?),
            State::DataEnd if line.is_empty() => {
                self.state = State::Header;
                Ok(())
            }
            State::DataEnd => Err(AuthError::MalformedChunks("a chunk is longer than its header says")),
            State::Trailer if line.is_empty() => self.end(),
            State::Trailer => self.add_trailer(line),
            State::Data { .. } | State::Over => Ok(()),
        }
    }

    fn start_chunk(&mut self, header: &ChunkHeader) -> Result<(), AuthError> {
        if header.size == 0 {
            check_chunk(self.signer.as_mut(), &Sha256::digest([]), header.signature)?;
            self.state = State::Trailer;
            return Ok(());
        }
        if let Some(remaining) = &mut self.remaining {
            *remaining = remaining.checked_sub(header.size).ok_or(AuthError::MalformedChunks(
                "there is more content than x-amz-decoded-content-length says",
            ))?;
        }
        self.state = State::Data { left: header.size, hasher: Sha256::new(), signature: header.signature };
        Ok(())
    }

    fn add_trailer(&mut self, line: &[u8]) -> Result<(), AuthError> {
        let (name, value) = parse_trailer(line)?;
        if !self.takes_trailers || self.trailers.len() == MOST_TRAILERS || self.trailer_signature.is_some() {
            return Err(AuthError::MalformedChunks("there are trailers that were not announced"));
        }
        if name == "x-amz-trailer-signature" {
            let digest =
                parse_digest(&value).ok_or(AuthError::MalformedChunks("the trailer's signature is none"))?;
            self.trailer_signature = Some(digest);
        } else {
            self.trailers.push((name, value));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), AuthError> {
        if self.remaining.is_some_and(|remaining| remaining > 0) {
            return Err(AuthError::MalformedChunks(
                "there is less content than x-amz-decoded-content-length says",
            ));
        }
        if let Some(signer) = self.signer.as_mut().filter(|_| self.takes_trailers) {
            let canonical: String =
                self.trailers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
            let expected = signer.trailer(&canonical);
            if !self.trailer_signature.is_some_and(|given| given.ct_eq(&expected).into()) {
                return Err(AuthError::ChunkSignature);
            }
        }
        self.seen.set(mem::take(&mut self.trailers));
        self.state = State::Over;
        Ok(())
    }
}

fn check_chunk(
    signer: Option<&mut ChunkSigner>,
    digest: &[u8],
    signature: Option<[u8; 32]>,
) -> Result<(), AuthError> {
    let Some(signer) = signer else { return Ok(()) };
    let expected = signer.chunk(digest);
    match signature {
        Some(given) if given.ct_eq(&expected).into() => Ok(()),
        _ => Err(AuthError::ChunkSignature),
    }
}
