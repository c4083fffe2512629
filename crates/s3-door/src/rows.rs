//! What the door stores.

use std::collections::BTreeMap;

use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::{Digest, Key, Space, Table};

/// Key: the bucket.
pub(crate) const BUCKETS: Table<Bucket> = Table::new(Space::new("s3-buckets"));
/// Key: the bucket, the object's key.
pub(crate) const OBJECTS: Table<Object> = Table::new(Space::new("s3-objects"));
/// Key: the bucket, the object's key, the upload id.
pub(crate) const UPLOADS: Table<Upload> = Table::new(Space::new("s3-uploads"));
/// Key: the upload id, the part's number.
pub(crate) const PARTS: Table<Part> = Table::new(Space::new("s3-parts"));

/// Checksums in base64 by their algorithm's name, such as `crc32`.
pub(crate) type Checksums = BTreeMap<String, String>;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) created: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) digest: Digest,
    pub(crate) length: u64,
    /// Without its quotes.
    pub(crate) etag: String,
    pub(crate) modified: Timestamp,
    pub(crate) checksums: Checksums,
    /// Of how many parts it was made, if it came in parts.
    pub(crate) parts: Option<usize>,
    pub(crate) described: Described,
}

/// What the client says of an object, kept and given back as it came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Described {
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) initiated: Timestamp,
    pub(crate) described: Described,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) digest: Digest,
    pub(crate) length: u64,
    /// The MD5 of the part in hexadecimal.
    pub(crate) etag: String,
    pub(crate) modified: Timestamp,
    pub(crate) checksums: Checksums,
}

pub(crate) fn bucket_key(bucket: &str) -> Key {
    Key::of([bucket])
}

/// The key of an object's row. NUL, which separates the segments of a row's key, is refused.
pub(crate) fn object_key(bucket: &str, key: &str) -> S3Result<Key> {
    if key.is_empty() || key.contains('\0') {
        return Err(s3_error!(InvalidArgument, "An object key is 1 to 1024 bytes of UTF-8 without NUL."));
    }
    Ok(Key::of([bucket, key]))
}

pub(crate) fn upload_key(bucket: &str, key: &str, upload: &str) -> S3Result<Key> {
    object_key(bucket, key)?;
    Ok(Key::of([bucket, key, upload]))
}

pub(crate) fn part_key(upload: &str, number: i32) -> Key {
    Key::of([upload, &format!("{number:05}")])
}
