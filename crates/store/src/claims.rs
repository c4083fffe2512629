//! Who needs which blob: one row for each pair, written and removed together with the row that has the need.

use stdx::BoxFuture;

use crate::blobs::Digest;
use crate::key::{Key, KeyRange, Space};
use crate::row::{Expect, Write};
use crate::{Store, StoreError};

/// The space of claims. Keys are a digest, then the owner's segments.
pub const CLAIMS: Space = Space::new("blob-claims");

/// `owner` needs the blob from this batch on. Claiming twice is claiming once.
pub fn claim<S: AsRef<str>>(digest: &Digest, owner: &[S]) -> Write {
    Write::Put { space: CLAIMS, key: key(digest, owner), value: bytes::Bytes::new(), expect: Expect::Any }
}

/// `owner` no longer needs the blob.
pub fn release<S: AsRef<str>>(digest: &Digest, owner: &[S]) -> Write {
    Write::Delete { space: CLAIMS, key: key(digest, owner), expect: Expect::Any }
}

/// Whether anybody needs the blob.
pub fn claimed<'a>(store: &'a dyn Store, digest: &'a Digest) -> BoxFuture<'a, Result<bool, StoreError>> {
    Box::pin(async move {
        let range = KeyRange::below([digest.as_str()]);
        Ok(!store.range(CLAIMS, &range, 1).await?.is_empty())
    })
}

fn key<S: AsRef<str>>(digest: &Digest, owner: &[S]) -> Key {
    Key::of(std::iter::once(digest.as_str()).chain(owner.iter().map(AsRef::as_ref)))
}
