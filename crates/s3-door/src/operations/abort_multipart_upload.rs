//! `AbortMultipartUpload`.

use s3s::dto::{AbortMultipartUploadInput, AbortMultipartUploadOutput};
use s3s::{S3Request, S3Result};

use crate::objects::Objects;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<AbortMultipartUploadOutput> {
    let input = request.input;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    objects.abort(&input.bucket, &input.key, &input.upload_id).await?;
    Ok(AbortMultipartUploadOutput::default())
}
