//! `DeleteBucket`.

use s3s::dto::{DeleteBucketInput, DeleteBucketOutput};
use s3s::{S3Request, S3Result, s3_error};
use store::{Batch, Expect};

use crate::activity::Parent;
use crate::errors::from_store;
use crate::objects::{Objects, contents};
use crate::rows::{BUCKETS, OBJECTS, UPLOADS};

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<DeleteBucketInput>,
) -> S3Result<DeleteBucketOutput> {
    objects.check_owner(request.input.expected_bucket_owner.as_ref())?;
    let bucket = &request.input.bucket;
    loop {
        // The order matters: what comes after this look makes the removal fail.
        let observed = Parent::Bucket(bucket).observe(objects.store()).await.map_err(from_store)?;
        let row = objects.bucket(bucket).await?;
        let range = contents(bucket);
        if !OBJECTS.list(objects.store(), &range, 1).await.map_err(from_store)?.is_empty() {
            return Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty."));
        }
        // Unfinished uploads do not keep a bucket, and must not outlive it.
        for upload in UPLOADS.list(objects.store(), &range, usize::MAX).await.map_err(from_store)? {
            let mut segments = upload.key.segments().skip(1);
            if let (Some(key), Some(id)) = (segments.next(), segments.next()) {
                objects.abort(bucket, key, id).await?;
            }
        }
        let batch = Batch::new().and(observed).and(BUCKETS.delete(row.key, Expect::At(row.revision)));
        if objects.commit(batch).await? {
            return Ok(DeleteBucketOutput {});
        }
    }
}
