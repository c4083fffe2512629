//! Contents addressed by their digest.

use std::fmt;
use std::path::PathBuf;

use md5::Md5;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use stdx::{BoxFuture, ByteStream};

use crate::error::StoreError;

/// A SHA-256 in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    /// Parses 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let valid = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        valid.then(|| Self(text.to_owned()))
    }

    /// The hexadecimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("not a SHA-256 digest: {text:?}"))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

/// What is known of a stored blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobInfo {
    /// Its name.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// The MD5 of its content in hexadecimal, which S3 calls an ETag.
    pub md5: String,
}

/// Computes what a [`BlobInfo`] says of a content that passes by.
#[derive(Clone, Default)]
pub struct BlobHasher {
    sha256: Sha256,
    md5: Md5,
    length: u64,
}

impl BlobHasher {
    /// Takes the next bytes of the content.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.md5.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// What the content was.
    pub fn finish(self) -> BlobInfo {
        BlobInfo {
            digest: Digest(hex::encode(self.sha256.finalize())),
            length: self.length,
            md5: hex::encode(self.md5.finalize()),
        }
    }
}

/// Immutable contents, each stored once, readable as soon as `put` returns.
///
/// A blob stays for as long as a claim names it (see [`crate::claims`]); what nobody claims is removed by
/// [`Blobs::collect_garbage`] once its last `put` is longer ago than a grace period, so a writer first puts the blob,
/// then, within that period, commits its own row and the claim in one batch. Whoever takes over a blob that another
/// row claims commits its claim on the condition that the other row still stands.
pub trait Blobs: Send + Sync + 'static {
    /// Stores the content durably and returns its digest. A producer's error leaves nothing behind.
    fn put(&self, content: ByteStream) -> BoxFuture<'_, Result<BlobInfo, StoreError>>;

    /// The bytes from `offset` on, at most `length` of them.
    fn read<'a>(
        &'a self,
        digest: &'a Digest,
        offset: u64,
        length: Option<u64>,
    ) -> BoxFuture<'a, Result<ByteStream, StoreError>>;

    /// A read-only local file with the content, valid while the blob is claimed.
    fn local_file<'a>(&'a self, digest: &'a Digest) -> BoxFuture<'a, Result<PathBuf, StoreError>>;

    /// Removes what no row claims. Returns how many blobs went.
    fn collect_garbage(&self) -> BoxFuture<'_, Result<usize, StoreError>>;
}
