//! Objects that other parts of the server write, in batches of theirs.

use store::{BlobInfo, Expect, StoreError, Write, claims};

use crate::activity::Parent;
use crate::objects::{OWNER, Objects};
use crate::rows::{BUCKETS, Described, OBJECTS, Object, bucket_key, object_key};

/// Why nothing can be placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// There is no such bucket.
    #[error("the bucket {0} does not exist")]
    NoBucket(String),
    /// The key is none.
    #[error("the key is no key of an object")]
    BadKey,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Objects {
    /// What to write so that a stored content is the object under a key, in place of what is there. The batch fails if
    /// the bucket goes, or the object changes, before it is written.
    pub async fn placing(
        &self,
        bucket: &str,
        key: &str,
        content: BlobInfo,
        content_type: &str,
    ) -> Result<Vec<Write>, PlaceError> {
        let row = object_key(bucket, key).map_err(|_| PlaceError::BadKey)?;
        if BUCKETS.get(self.store(), &bucket_key(bucket)).await?.is_none() {
            return Err(PlaceError::NoBucket(bucket.to_owned()));
        }
        let old = OBJECTS.get(self.store(), &row).await?;
        let expect = old.as_ref().map_or(Expect::Absent, |old| Expect::At(old.revision));
        let (owner, digest) = ([OWNER, bucket, key], content.digest);
        let object = Object {
            digest: digest.clone(),
            length: content.length,
            etag: content.md5,
            modified: self.now(),
            checksums: Default::default(),
            parts: None,
            described: Described { content_type: Some(content_type.to_owned()), ..Described::default() },
        };
        let mut writes = vec![
            BUCKETS.check(bucket_key(bucket), Expect::Present),
            Parent::Bucket(bucket).touch(),
            OBJECTS.put(row, &object, expect),
        ];
        writes.extend(old.map(|old| claims::release(&old.value.digest, &owner)));
        writes.push(claims::claim(&digest, &owner));
        Ok(writes)
    }
}
