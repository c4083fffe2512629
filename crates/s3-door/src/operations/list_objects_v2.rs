//! `ListObjectsV2`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::{CommonPrefix, ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass, Owner};
use s3s::{S3Request, S3Result, s3_error};
use store::Entry;

use super::naming;
use crate::conditions::etag;
use crate::content::{instant, size};
use crate::errors::from_store;
use crate::listing::Query;
use crate::objects::{Objects, name};
use crate::rows;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<ListObjectsV2Output> {
    let input = request.input;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    objects.bucket(&input.bucket).await?;
    let (limit, max_keys) = naming::limit(input.max_keys)?;
    let resumed = input.continuation_token.as_deref().map(read_token).transpose()?;
    let query = Query {
        bucket: &input.bucket,
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty()),
        after: resumed.as_deref().or(input.start_after.as_deref()),
        limit,
    };
    let page = query.page(objects.store()).await.map_err(from_store)?;
    let encoding = input.encoding_type.as_ref();
    let written = |text: Option<String>| text.map(|text| naming::write(&text, encoding));
    let owner = input.fetch_owner.unwrap_or(false).then(|| objects.setting.account.clone());
    let count = page.objects.len() + page.prefixes.len();
    Ok(ListObjectsV2Output {
        key_count: i32::try_from(count).ok(),
        max_keys: Some(max_keys),
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next.map(|next| URL_SAFE_NO_PAD.encode(next)),
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
        start_after: written(input.start_after),
        name: Some(input.bucket),
        continuation_token: input.continuation_token,
        encoding_type: input.encoding_type,
        ..ListObjectsV2Output::default()
    })
}

fn read_token(token: &str) -> S3Result<String> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}

/// An object as listings show it.
pub(super) fn object(
    row: &Entry<rows::Object>,
    owner: Option<String>,
    write: impl Fn(&str) -> String,
) -> Object {
    Object {
        key: Some(write(name(&row.key))),
        e_tag: Some(etag(&row.value.etag)),
        last_modified: Some(instant(row.value.modified)),
        size: Some(size(row.value.length)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        owner: owner.map(|id| Owner { id: Some(id), display_name: None }),
        ..Object::default()
    }
}
