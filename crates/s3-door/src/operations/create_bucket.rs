//! `CreateBucket`.

use s3s::dto::{CreateBucketInput, CreateBucketOutput};
use s3s::{S3Request, S3Result, s3_error};
use store::{Batch, Expect, StoreError};

use crate::errors::from_store;
use crate::objects::Objects;
use crate::rows::{BUCKETS, Bucket, bucket_key};

/// Where creating one's own bucket again succeeds, as it always did in AWS's first region.
const FIRST_REGION: &str = "us-east-1";

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<CreateBucketInput>,
) -> S3Result<CreateBucketOutput> {
    let region = &objects.setting.region;
    let asked = request.input.create_bucket_configuration.and_then(|asked| asked.location_constraint);
    if asked.as_ref().is_some_and(|asked| asked.as_str() != region) {
        return Err(s3_error!(
            IllegalLocationConstraintException,
            "Buckets of this server are in the region '{region}'."
        ));
    }
    let bucket = request.input.bucket;
    let row = BUCKETS.put(bucket_key(&bucket), &Bucket { created: objects.now() }, Expect::Absent);
    let output = CreateBucketOutput { location: Some(format!("/{bucket}")) };
    match objects.store().commit(Batch::new().and(row)).await {
        Ok(_) => Ok(output),
        Err(StoreError::Conflict { .. }) if region == FIRST_REGION => Ok(output),
        Err(StoreError::Conflict { .. }) => {
            Err(s3_error!(BucketAlreadyOwnedByYou, "You have created this bucket before, and you own it."))
        }
        Err(error) => Err(from_store(error)),
    }
}
