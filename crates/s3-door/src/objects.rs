//! Buckets and objects as rows, whoever asks.

use std::sync::Arc;

use s3s::{S3Result, s3_error};
use stdx::{Clock, Rng, Timestamp};
use store::{Batch, Blobs, Digest, Entry, Expect, Key, Store, StoreError, Write, claims};

use crate::activity::Parent;
use crate::conditions::Conditions;
use crate::errors::{from_store, no_such_bucket, no_such_key};
use crate::rows::{BUCKETS, Bucket, OBJECTS, Object, bucket_key, object_key};

/// What the door needs.
#[derive(Clone)]
pub struct Setting {
    /// Where rows are.
    pub store: Arc<dyn Store>,
    /// Where contents are.
    pub blobs: Arc<dyn Blobs>,
    /// The time of what is stored. (Signatures are checked against the machine's own clock.)
    pub clock: Arc<dyn Clock>,
    /// Where upload ids come from.
    pub rng: Arc<dyn Rng>,
    /// The region of every bucket.
    pub region: String,
    /// The account of every bucket.
    pub account: String,
}

/// All buckets with their objects.
#[derive(Clone)]
pub struct Objects {
    pub(crate) setting: Arc<Setting>,
}

/// An object, for the other parts of the server.
#[derive(Clone, Debug)]
pub struct ObjectInfo {
    /// The blob with its content.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// Its ETag, without quotes.
    pub etag: String,
    /// When it was written.
    pub last_modified: Timestamp,
    unchanged: Write,
}

impl ObjectInfo {
    /// A condition for whoever claims the blob for itself: as long as it holds, so does the object's own claim.
    pub fn unchanged(&self) -> Write {
        self.unchanged.clone()
    }
}

impl Objects {
    /// The objects in this setting.
    pub fn new(setting: Setting) -> Self {
        Self { setting: Arc::new(setting) }
    }

    /// The object under a key, if both it and its bucket exist.
    pub async fn find(&self, bucket: &str, key: &str) -> Result<Option<ObjectInfo>, StoreError> {
        let Ok(key) = object_key(bucket, key) else { return Ok(None) };
        let found = OBJECTS.get(self.store(), &key).await?;
        Ok(found.map(|row| ObjectInfo {
            unchanged: OBJECTS.check(row.key, Expect::At(row.revision)),
            digest: row.value.digest,
            length: row.value.length,
            etag: row.value.etag,
            last_modified: row.value.modified,
        }))
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.setting.store
    }

    pub(crate) fn blobs(&self) -> &dyn Blobs {
        &*self.setting.blobs
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.setting.clock.now()
    }

    /// Refuses a request that expects the bucket to be another account's.
    pub(crate) fn check_owner(&self, expected: Option<&String>) -> S3Result<()> {
        if expected.is_some_and(|expected| *expected != self.setting.account) {
            return Err(s3_error!(AccessDenied, "The bucket is not owned by the expected account."));
        }
        Ok(())
    }

    pub(crate) async fn bucket(&self, bucket: &str) -> S3Result<Entry<Bucket>> {
        let found = BUCKETS.get(self.store(), &bucket_key(bucket)).await.map_err(from_store)?;
        found.ok_or_else(no_such_bucket)
    }

    pub(crate) async fn object(&self, bucket: &str, key: &str) -> S3Result<Entry<Object>> {
        let found = OBJECTS.get(self.store(), &object_key(bucket, key)?).await.map_err(from_store)?;
        match found {
            Some(object) => Ok(object),
            None => {
                self.bucket(bucket).await?;
                Err(no_such_key())
            }
        }
    }

    /// Puts the object in place of what is there, together with `also`. False: something changed meanwhile, the
    /// caller decides anew.
    pub(crate) async fn place(
        &self,
        bucket: &str,
        key: &str,
        object: &Object,
        conditions: &Conditions,
        also: Vec<Write>,
    ) -> S3Result<bool> {
        let (row, owner) = (object_key(bucket, key)?, [OWNER, bucket, key]);
        let old = OBJECTS.get(self.store(), &row).await.map_err(from_store)?;
        conditions.check_write(old.as_ref().map(|old| &old.value))?;
        let expect = old.as_ref().map_or(Expect::Absent, |old| Expect::At(old.revision));
        let batch = Batch::new()
            .and(BUCKETS.check(bucket_key(bucket), Expect::Present))
            .and(Parent::Bucket(bucket).touch())
            .with(also)
            .and(OBJECTS.put(row, object, expect))
            .with(old.map(|old| claims::release(&old.value.digest, &owner)))
            .and(claims::claim(&object.digest, &owner));
        self.commit(batch).await
    }

    /// Removes the object, if there is one.
    pub(crate) async fn remove(&self, bucket: &str, key: &str, conditions: &Conditions) -> S3Result<()> {
        let row = object_key(bucket, key)?;
        loop {
            let found = OBJECTS.get(self.store(), &row).await.map_err(from_store)?;
            let Some(old) = found else { return Ok(()) };
            conditions.check_write(Some(&old.value))?;
            let batch = Batch::new()
                .and(OBJECTS.delete(old.key, Expect::At(old.revision)))
                .and(claims::release(&old.value.digest, &[OWNER, bucket, key]));
            if self.commit(batch).await? {
                return Ok(());
            }
        }
    }

    /// Commits; false on a conflict that looking again resolves.
    pub(crate) async fn commit(&self, batch: Batch) -> S3Result<bool> {
        match self.store().commit(batch).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict { space, .. }) if space == BUCKETS.space() => Err(no_such_bucket()),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(from_store(error)),
        }
    }

    /// A name that nothing else has.
    pub(crate) fn unique(&self) -> String {
        let mut bytes = [0; 20];
        self.setting.rng.fill(&mut bytes);
        hex::encode(bytes)
    }
}

/// Claims of objects have this as their owner's first segment.
pub(crate) const OWNER: &str = "s3-object";

/// Every key of the bucket.
pub(crate) fn contents(bucket: &str) -> store::KeyRange {
    store::KeyRange::below([bucket])
}

/// The object's key within its bucket.
pub(crate) fn name(row: &Key) -> &str {
    row.segments().nth(1).unwrap_or_default()
}
