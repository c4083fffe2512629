//! `DeleteObjects`.

use s3s::dto::{DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETagCondition, Error};
use s3s::{S3Request, S3Result, s3_error};

use crate::conditions::Conditions;
use crate::objects::Objects;
use crate::unsupported;

/// S3's limit for one request.
const MAX_KEYS: usize = 1000;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<DeleteObjectsOutput> {
    let input = request.input;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    objects.bucket(&input.bucket).await?;
    if input.delete.objects.is_empty() || input.delete.objects.len() > MAX_KEYS {
        return Err(s3_error!(MalformedXML, "A request deletes 1 to {MAX_KEYS} keys."));
    }
    let quiet = input.delete.quiet.unwrap_or(false);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in input.delete.objects {
        let conditions =
            Conditions { matches: object.e_tag.map(ETagCondition::ETag), ..Conditions::default() };
        let removed = match unsupported::refuse_version(object.version_id.as_ref()) {
            Ok(()) => objects.remove(&input.bucket, &object.key, &conditions).await,
            Err(refusal) => Err(refusal),
        };
        match removed {
            Ok(()) if quiet => {}
            Ok(()) => deleted.push(DeletedObject { key: Some(object.key), ..DeletedObject::default() }),
            Err(error) => errors.push(Error {
                code: Some(error.code().as_str().to_owned()),
                message: error.message().map(str::to_owned),
                key: Some(object.key),
                version_id: object.version_id,
            }),
        }
    }
    Ok(DeleteObjectsOutput { deleted: Some(deleted), errors: Some(errors), ..DeleteObjectsOutput::default() })
}
