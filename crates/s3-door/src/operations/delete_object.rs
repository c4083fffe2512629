//! `DeleteObject`.

use s3s::dto::{DeleteObjectInput, DeleteObjectOutput};
use s3s::{S3Request, S3Result};

use crate::conditions::Conditions;
use crate::objects::Objects;
use crate::unsupported;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<DeleteObjectOutput> {
    let input = request.input;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    unsupported::refuse_version(input.version_id.as_ref())?;
    objects.bucket(&input.bucket).await?;
    let conditions = Conditions { matches: input.if_match, ..Conditions::default() };
    objects.remove(&input.bucket, &input.key, &conditions).await?;
    Ok(DeleteObjectOutput::default())
}
