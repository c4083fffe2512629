//! `HeadBucket`.

use s3s::dto::{HeadBucketInput, HeadBucketOutput};
use s3s::{S3Request, S3Result};

use crate::objects::Objects;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<HeadBucketInput>,
) -> S3Result<HeadBucketOutput> {
    objects.check_owner(request.input.expected_bucket_owner.as_ref())?;
    objects.bucket(&request.input.bucket).await?;
    Ok(HeadBucketOutput {
        bucket_region: Some(objects.setting.region.clone()),
        ..HeadBucketOutput::default()
    })
}
