//! Proof of the body while it streams past.
//!
//! Nothing is buffered but the last piece: it is handed on only once the whole is proven, so whatever reads a
//! guarded stream to its end has read what the caller signed, and a forged or cut body ends in an error.

mod chunk_line;
mod chunked;
mod guard;
mod proof;
mod spool;

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use stdx::ByteStream;

use crate::error::AuthError;

pub(crate) use chunked::{ChunkSigner, Chunked};
pub(crate) use proof::{Deferred, Proof};

/// What is still to be proven about the body of a verified request.
#[derive(Debug)]
pub struct BodyCheck {
    pub(crate) proof: Proof,
    pub(crate) trailers: Trailers,
}

/// The trailing headers of a chunked body, there once the body has been read to its end.
#[derive(Clone, Debug, Default)]
pub struct Trailers(Arc<OnceLock<Vec<(String, String)>>>);

impl Trailers {
    /// Names (in lower case) and values; empty before the end and for bodies without trailers.
    pub fn get(&self) -> &[(String, String)] {
        self.0.get().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn set(&self, trailers: Vec<(String, String)>) {
        // A body ends once.
        let _ = self.0.set(trailers);
    }
}

impl BodyCheck {
    pub(crate) fn new(proof: Proof) -> Self {
        Self { proof, trailers: Trailers::default() }
    }

    pub(crate) fn chunked(chunked: Chunked, trailers: Trailers) -> Self {
        Self { proof: Proof::Chunked(Box::new(chunked)), trailers }
    }

    /// Whether the caller is who it says even before the body is read. If not, the signature covers the
    /// body's hash and nothing names that hash beforehand, as in most calls of JSON services: see
    /// [`BodyCheck::settle`].
    pub fn caller_is_proven(&self) -> bool {
        !matches!(self.proof, Proof::Deferred(_))
    }

    /// The trailing headers that the guarded stream will have brought.
    pub fn trailers(&self) -> Trailers {
        self.trailers.clone()
    }

    /// The body as it was signed, freed of its chunks' framing, as it arrives. Ends in an [`AuthError`]
    /// (see [`AuthError::find`]) in place of the last piece if it is another one.
    pub fn guard(self, body: ByteStream) -> ByteStream {
        ByteStream::new(guard::Guard::new(self.proof, body))
    }

    /// Like [`BodyCheck::guard`], but nothing is given out before the caller is proven, so that nothing is done
    /// for strangers. Where only the body's end proves the caller, up to `memory` bytes wait in memory, and what
    /// is longer in a nameless file in `directory`. Whoever calls bounds the length of `body`.
    pub async fn settle(self, body: ByteStream, memory: usize, directory: &Path) -> io::Result<ByteStream> {
        let proven = self.caller_is_proven();
        let mut guard = guard::Guard::new(self.proof, body);
        if proven || guard.read_ahead(memory).await? {
            return Ok(ByteStream::new(guard));
        }
        spool::through_file(ByteStream::new(guard), directory).await
    }

    /// Proves a body that is all here and returns it without framing.
    pub fn whole(mut self, body: Bytes) -> Result<Bytes, AuthError> {
        let mut out = VecDeque::new();
        self.proof.feed(body, &mut out)?;
        self.proof.finish(&mut out)?;
        if out.len() < 2 {
            return Ok(out.pop_front().unwrap_or_default());
        }
        let mut joined = BytesMut::with_capacity(out.iter().map(Bytes::len).sum());
        out.iter().for_each(|piece| joined.extend_from_slice(piece));
        Ok(joined.freeze())
    }
}
