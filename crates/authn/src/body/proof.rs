//! The ways to prove a body. Each is a plain machine: bytes in, proven or at least not-last bytes out.

use std::collections::VecDeque;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::chunked::Chunked;
use crate::claim::Claim;
use crate::error::AuthError;
use crate::readings::Reading;

#[derive(Debug)]
pub(crate) enum Proof {
    /// The caller did not sign the body.
    Unsigned,
    /// The caller named the hash and signed the name.
    Hash { hasher: Sha256, expected: [u8; 32], held: Option<Bytes> },
    /// The caller signed the hash without naming it.
    Deferred(Box<Deferred>),
    /// The body brings signatures, or at least framing, along.
    Chunked(Box<Chunked>),
}

/// A signature that can be checked only once the body's hash is known.
#[derive(Debug)]
pub(crate) struct Deferred {
    pub(crate) hasher: Sha256,
    pub(crate) held: Option<Bytes>,
    pub(crate) readings: Vec<Reading>,
    pub(crate) claim: Claim,
}

impl Proof {
    pub(crate) fn hash(expected: [u8; 32]) -> Self {
        Self::Hash { hasher: Sha256::new(), expected, held: None }
    }

    /// Takes the next bytes and gives out those that may be seen.
    pub(crate) fn feed(&mut self, bytes: Bytes, out: &mut VecDeque<Bytes>) -> Result<(), AuthError> {
        if bytes.is_empty() {
            return Ok(());
        }
        match self {
            Self::Unsigned => out.push_back(bytes),
            Self::Hash { hasher, held, .. } => {
                hasher.update(&bytes);
                out.extend(held.replace(bytes));
            }
            Self::Deferred(deferred) => {
                deferred.hasher.update(&bytes);
                out.extend(deferred.held.replace(bytes));
            }
            Self::Chunked(chunked) => chunked.feed(bytes, out)?,
        }
        Ok(())
    }

    /// The body is over: gives out what was held back if all is as signed.
    pub(crate) fn finish(&mut self, out: &mut VecDeque<Bytes>) -> Result<(), AuthError> {
        match self {
            Self::Unsigned => Ok(()),
            Self::Hash { hasher, expected, held } => {
                let digest = hasher.finalize_reset();
                if !bool::from(digest.as_slice().ct_eq(expected)) {
                    return Err(AuthError::PayloadMismatch);
                }
                out.extend(held.take());
                Ok(())
            }
            Self::Deferred(deferred) => {
                let digest = hex::encode(deferred.hasher.finalize_reset());
                deferred.claim.prove(deferred.readings.drain(..), &digest)?;
                out.extend(deferred.held.take());
                Ok(())
            }
            Self::Chunked(chunked) => chunked.finish(out),
        }
    }
}
