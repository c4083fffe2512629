//! `HeadObject`.

use s3s::dto::{ChecksumMode, HeadObjectInput, HeadObjectOutput};
use s3s::{S3Request, S3Result};

use super::described::echo;
use super::get_object::{Part, refuse_part};
use crate::conditions::{Conditions, etag};
use crate::content::{instant, size};
use crate::objects::Objects;
use crate::{checksums, unsupported};

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<HeadObjectInput>,
) -> S3Result<HeadObjectOutput> {
    let input = request.input;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    unsupported::refuse_version(input.version_id.as_ref())?;
    let conditions = Conditions {
        matches: input.if_match,
        none_match: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    };
    let object = objects.object(&input.bucket, &input.key).await?.value;
    conditions.check_read(&object)?;
    refuse_part(input.part_number, &object)?;
    let part = Part::of(input.range.as_ref(), object.length)?;
    let mut output = HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: Some(size(part.length)),
        content_range: part.header(object.length),
        e_tag: Some(etag(&object.etag)),
        last_modified: Some(instant(object.modified)),
        ..HeadObjectOutput::default()
    };
    let asked = input.checksum_mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
    if asked && !part.is_part {
        checksums::tell!(output, object.checksums);
    }
    echo!(output, object.described);
    Ok(output)
}
