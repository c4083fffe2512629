//! `CopyObject`.

use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, MetadataDirective};
use s3s::{S3Request, S3Result, s3_error};
use store::Expect;

use super::described;
use crate::conditions::{Conditions, etag};
use crate::content::instant;
use crate::objects::Objects;
use crate::rows::{OBJECTS, Object};
use crate::{checksums, unsupported};

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<CopyObjectInput>,
) -> S3Result<CopyObjectOutput> {
    let mut input = request.input;
    check(objects, &input)?;
    let (bucket, key) = source(&input.copy_source)?;
    let replaced =
        input.metadata_directive.as_ref().is_some_and(|d| d.as_str() == MetadataDirective::REPLACE);
    if !replaced && (&bucket, &key) == (&input.bucket, &input.key) {
        return Err(s3_error!(InvalidRequest, "Copying an object onto itself must change its metadata."));
    }
    let described = described::of_copy(&mut input)?;
    let conditions = Conditions {
        matches: input.copy_source_if_match,
        none_match: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    loop {
        let from = objects.object(&bucket, &key).await?;
        conditions.check_source(&from.value)?;
        // As long as the source stands its claim keeps the blob.
        let still = OBJECTS.check(from.key, Expect::At(from.revision));
        let mut copy = Object { modified: objects.now(), ..from.value };
        if replaced {
            copy.described = described.clone();
        }
        let none = Conditions::default();
        if objects.place(&input.bucket, &input.key, &copy, &none, vec![still]).await? {
            let result = result(&copy);
            return Ok(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() });
        }
    }
}

fn check(objects: &Objects, input: &CopyObjectInput) -> S3Result<()> {
    unsupported::refuse(&[
        ("Server-side encryption", input.server_side_encryption.is_some()),
        ("Encryption with customer keys", input.sse_customer_algorithm.is_some()),
        ("Tagging", input.tagging.is_some()),
        ("Object lock", input.object_lock_mode.is_some() || input.object_lock_legal_hold_status.is_some()),
    ])?;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    objects.check_owner(input.expected_source_bucket_owner.as_ref())
}

/// Bucket and key of what is copied.
pub(super) fn source(source: &CopySource) -> S3Result<(String, String)> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => {
            unsupported::refuse_version(version_id.as_deref().map(str::to_owned).as_ref())?;
            Ok((bucket.to_string(), key.to_string()))
        }
        _ => Err(s3_error!(NotImplemented, "Copying from an access point is not implemented.")),
    }
}

fn result(copy: &Object) -> CopyObjectResult {
    let mut result = CopyObjectResult {
        e_tag: Some(etag(&copy.etag)),
        last_modified: Some(instant(copy.modified)),
        ..CopyObjectResult::default()
    };
    checksums::tell!(result, copy.checksums);
    result
}
