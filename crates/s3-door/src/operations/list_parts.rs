//! `ListParts`.

use s3s::dto::{ListPartsInput, ListPartsOutput, Part};
use s3s::{S3Request, S3Result};
use store::Entry;

use super::naming;
use crate::checksums;
use crate::conditions::etag;
use crate::content::{instant, size};
use crate::multipart::number;
use crate::objects::Objects;
use crate::rows;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<ListPartsInput>,
) -> S3Result<ListPartsOutput> {
    let input = request.input;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    let (limit, max_parts) = naming::limit(input.max_parts)?;
    objects.upload(&input.bucket, &input.key, &input.upload_id).await?;
    let mut rows = objects.parts(&input.upload_id, input.part_number_marker, limit + 1).await?;
    let truncated = rows.len() > limit;
    rows.truncate(limit);
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        part_number_marker: Some(input.part_number_marker.unwrap_or(0)),
        next_part_number_marker: rows.last().map(number),
        max_parts: Some(max_parts),
        is_truncated: Some(truncated),
        parts: Some(rows.iter().map(part).collect()),
        ..ListPartsOutput::default()
    })
}

fn part(row: &Entry<rows::Part>) -> Part {
    let mut part = Part {
        part_number: Some(number(row)),
        e_tag: Some(etag(&row.value.etag)),
        last_modified: Some(instant(row.value.modified)),
        size: Some(size(row.value.length)),
        ..Part::default()
    };
    checksums::tell!(part, row.value.checksums);
    part
}
