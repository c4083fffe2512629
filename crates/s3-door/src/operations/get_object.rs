//! `GetObject`.

use s3s::dto::{ChecksumMode, GetObjectInput, GetObjectOutput, Range};
use s3s::{S3Request, S3Result, s3_error};

use super::described::echo;
use crate::conditions::{Conditions, etag};
use crate::content::{instant, outgoing, size};
use crate::errors::from_store;
use crate::objects::Objects;
use crate::rows::Object;
use crate::{checksums, unsupported};

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<GetObjectInput>,
) -> S3Result<GetObjectOutput> {
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
    let content = objects.blobs().read(&object.digest, part.from, Some(part.length)).await;
    let mut output = GetObjectOutput {
        body: Some(outgoing(content.map_err(from_store)?)),
        accept_ranges: Some("bytes".to_owned()),
        content_length: Some(size(part.length)),
        content_range: part.header(object.length),
        e_tag: Some(etag(&object.etag)),
        last_modified: Some(instant(object.modified)),
        ..GetObjectOutput::default()
    };
    // A checksum is that of the whole object.
    let asked = input.checksum_mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
    if asked && !part.is_part {
        checksums::tell!(output, object.checksums);
    }
    echo!(output, object.described);
    Ok(output)
}

/// Parts are not kept apart once an upload is complete. The first part of what came whole is the whole.
pub(super) fn refuse_part(number: Option<i32>, object: &Object) -> S3Result<()> {
    let whole = number == Some(1) && object.parts.is_none();
    unsupported::refuse(&[("Reading by part number", number.is_some() && !whole)])
}

/// The bytes that are asked for.
pub(super) struct Part {
    pub(super) from: u64,
    pub(super) length: u64,
    pub(super) is_part: bool,
}

impl Part {
    pub(super) fn of(range: Option<&Range>, whole: u64) -> S3Result<Self> {
        let Some(range) = range else { return Ok(Self { from: 0, length: whole, is_part: false }) };
        let found = range.check(whole).ok().filter(|found| !found.is_empty());
        let found =
            found.ok_or_else(|| s3_error!(InvalidRange, "The requested range is not satisfiable."))?;
        Ok(Self { from: found.start, length: found.end - found.start, is_part: true })
    }

    pub(super) fn header(&self, whole: u64) -> Option<String> {
        let last = (self.from + self.length).saturating_sub(1);
        self.is_part.then(|| format!("bytes {}-{last}/{whole}", self.from))
    }
}
