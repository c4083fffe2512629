//! `ListMultipartUploads`.

use s3s::dto::{ListMultipartUploadsInput, ListMultipartUploadsOutput, MultipartUpload};
use s3s::{S3Request, S3Result};
use store::Key;

use super::naming;
use crate::content::instant;
use crate::errors::from_store;
use crate::objects::{Objects, contents};
use crate::rows::UPLOADS;
use crate::unsupported;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<ListMultipartUploadsOutput> {
    let input = request.input;
    unsupported::refuse(&[("Listing uploads with a delimiter", input.delimiter.is_some())])?;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    objects.bucket(&input.bucket).await?;
    let (limit, max_uploads) = naming::limit(input.max_uploads)?;
    let mut range = contents(&input.bucket);
    if let Some(marker) = &input.key_marker {
        // Without an upload id to go on from, all the uploads of the marked key are past.
        let last = input.upload_id_marker.as_deref().unwrap_or("\u{10FFFF}");
        range = range.after(Key::of([input.bucket.as_str(), marker, last]));
    }
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let rows = UPLOADS.list(objects.store(), &range, usize::MAX).await.map_err(from_store)?;
    let encoding = input.encoding_type.as_ref();
    let mut uploads = rows.into_iter().filter_map(|row| {
        let key = row.key.segments().nth(1)?.to_owned();
        key.starts_with(prefix).then(|| (key, row.key.last().to_owned(), row.value.initiated))
    });
    let page: Vec<_> = uploads.by_ref().take(limit).collect();
    let truncated = uploads.next().is_some();
    let last = page.last().filter(|_| truncated).cloned();
    Ok(ListMultipartUploadsOutput {
        max_uploads: Some(max_uploads),
        is_truncated: Some(truncated),
        next_key_marker: last.as_ref().map(|(key, _, _)| naming::write(key, encoding)),
        next_upload_id_marker: last.map(|(_, id, _)| id),
        uploads: Some(
            page.into_iter()
                .map(|(key, id, initiated)| MultipartUpload {
                    key: Some(naming::write(&key, encoding)),
                    upload_id: Some(id),
                    initiated: Some(instant(initiated)),
                    ..MultipartUpload::default()
                })
                .collect(),
        ),
        bucket: Some(input.bucket),
        key_marker: input.key_marker,
        upload_id_marker: input.upload_id_marker,
        prefix: input.prefix,
        encoding_type: input.encoding_type,
        ..ListMultipartUploadsOutput::default()
    })
}
