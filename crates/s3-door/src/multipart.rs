//! Uploads in parts, as rows.

use s3s::S3Result;
use store::{Batch, Entry, Expect, KeyRange, Write, claims};

use crate::activity::Parent;
use crate::errors::{from_store, no_such_upload};
use crate::objects::Objects;
use crate::rows::{PARTS, Part, UPLOADS, Upload, upload_key};

/// S3's limits.
pub(crate) const MAX_PARTS: i32 = 10_000;
pub(crate) const MIN_PART: u64 = 5 << 20;

/// Claims of parts have this as their owner's first segment.
const OWNER: &str = "s3-part";

/// The owner of a part's claim.
pub(crate) fn owner<'a>(upload: &'a str, number: &'a str) -> [&'a str; 3] {
    [OWNER, upload, number]
}

/// The number of a part, from its row.
pub(crate) fn number(part: &Entry<Part>) -> i32 {
    part.key.last().parse().unwrap_or_default()
}

/// An upload with all its parts, and what to write to make it go.
pub(crate) struct Whole {
    pub(crate) upload: Entry<Upload>,
    pub(crate) parts: Vec<Entry<Part>>,
    /// Fails if a part comes or goes before it is committed.
    pub(crate) removal: Vec<Write>,
}

impl Objects {
    pub(crate) async fn upload(&self, bucket: &str, key: &str, id: &str) -> S3Result<Entry<Upload>> {
        let row = upload_key(bucket, key, id)?;
        let found = UPLOADS.get(self.store(), &row).await.map_err(from_store)?;
        found.ok_or_else(no_such_upload)
    }

    pub(crate) async fn parts(
        &self,
        id: &str,
        after: Option<i32>,
        limit: usize,
    ) -> S3Result<Vec<Entry<Part>>> {
        let mut range = KeyRange::below([id]);
        if let Some(after) = after {
            range = range.after(crate::rows::part_key(id, after));
        }
        PARTS.list(self.store(), &range, limit).await.map_err(from_store)
    }

    pub(crate) async fn whole(&self, bucket: &str, key: &str, id: &str) -> S3Result<Whole> {
        let observed = Parent::Upload(id).observe(self.store()).await.map_err(from_store)?;
        let upload = self.upload(bucket, key, id).await?;
        let parts = self.parts(id, None, usize::MAX).await?;
        let mut removal = vec![observed, UPLOADS.delete(upload.key.clone(), Expect::At(upload.revision))];
        for part in &parts {
            removal.push(PARTS.delete(part.key.clone(), Expect::At(part.revision)));
            removal.push(claims::release(&part.value.digest, &owner(id, part.key.last())));
        }
        Ok(Whole { upload, parts, removal })
    }

    pub(crate) async fn abort(&self, bucket: &str, key: &str, id: &str) -> S3Result<()> {
        loop {
            let whole = self.whole(bucket, key, id).await?;
            if self.commit(Batch::new().with(whole.removal)).await? {
                return Ok(());
            }
        }
    }
}
