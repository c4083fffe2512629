//! `GetBucketLocation`.

use s3s::dto::{BucketLocationConstraint, GetBucketLocationInput, GetBucketLocationOutput};
use s3s::{S3Request, S3Result};

use crate::objects::Objects;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<GetBucketLocationOutput> {
    objects.check_owner(request.input.expected_bucket_owner.as_ref())?;
    objects.bucket(&request.input.bucket).await?;
    let region = &objects.setting.region;
    // The first region has no name here.
    let location = (region != "us-east-1").then(|| BucketLocationConstraint::from(region.clone()));
    Ok(GetBucketLocationOutput { location_constraint: location })
}
