//! `ListObjects`, the first version.

use s3s::dto::{CommonPrefix, ListObjectsInput, ListObjectsOutput};
use s3s::{S3Request, S3Result};

use super::list_objects_v2::object;
use super::naming;
use crate::errors::from_store;
use crate::listing::Query;
use crate::objects::Objects;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<ListObjectsInput>,
) -> S3Result<ListObjectsOutput> {
    let input = request.input;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    objects.bucket(&input.bucket).await?;
    let (limit, max_keys) = naming::limit(input.max_keys)?;
    let query = Query {
        bucket: &input.bucket,
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty()),
        after: input.marker.as_deref(),
        limit,
    };
    let page = query.page(objects.store()).await.map_err(from_store)?;
    let encoding = input.encoding_type.as_ref();
    let written = |text: Option<String>| text.map(|text| naming::write(&text, encoding));
    let owner = Some(objects.setting.account.clone());
    Ok(ListObjectsOutput {
        max_keys: Some(max_keys),
        is_truncated: Some(page.next.is_some()),
        // Without a delimiter clients go on from the last key themselves.
        next_marker: written(page.next).filter(|_| input.delimiter.is_some()),
        contents: Some(
            page.objects
                .iter()
                .map(|row| object(row, owner.clone(), |name| naming::write(name, encoding)))
                .collect(),
        ),
        common_prefixes: Some(
            page.prefixes.into_iter().map(|prefix| CommonPrefix { prefix: written(Some(prefix)) }).collect(),
        ),
        prefix: written(Some(input.prefix.unwrap_or_default())),
        delimiter: written(input.delimiter),
        marker: written(Some(input.marker.unwrap_or_default())),
        name: Some(input.bucket),
        encoding_type: input.encoding_type,
        ..ListObjectsOutput::default()
    })
}
