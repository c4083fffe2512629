//! `UploadPartCopy`.

use s3s::dto::{CopyPartResult, Range, UploadPartCopyInput, UploadPartCopyOutput};
use s3s::{S3Request, S3Result, s3_error};

use super::copy_object::source;
use super::get_object::Part;
use super::upload_part::{Place, check_number};
use crate::conditions::{Conditions, etag};
use crate::content::instant;
use crate::errors::from_store;
use crate::objects::Objects;
use crate::rows::Checksums;
use crate::unsupported;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<UploadPartCopyOutput> {
    let input = request.input;
    unsupported::refuse(&[("Encryption with customer keys", input.sse_customer_algorithm.is_some())])?;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    objects.check_owner(input.expected_source_bucket_owner.as_ref())?;
    check_number(input.part_number)?;
    let (bucket, key) = source(&input.copy_source)?;
    let conditions = Conditions {
        matches: input.copy_source_if_match,
        none_match: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    let place = Place { bucket: &input.bucket, key: &input.key, upload: &input.upload_id };
    objects.upload(place.bucket, place.key, place.upload).await?;
    let from = objects.object(&bucket, &key).await?.value;
    conditions.check_source(&from)?;
    let range = input.copy_source_range.as_deref().map(Range::parse).transpose();
    let range =
        range.map_err(|error| s3_error!(error, InvalidArgument, "The copy source range is not valid."))?;
    let bytes = Part::of(range.as_ref(), from.length)?;
    let content = objects.blobs().read(&from.digest, bytes.from, Some(bytes.length)).await;
    let info = objects.blobs().put(content.map_err(from_store)?).await.map_err(from_store)?;
    let part = place.store(objects, input.part_number, info, Checksums::new()).await?;
    let result = CopyPartResult {
        e_tag: Some(etag(&part.etag)),
        last_modified: Some(instant(part.modified)),
        ..CopyPartResult::default()
    };
    Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() })
}
