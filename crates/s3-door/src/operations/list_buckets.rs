//! `ListBuckets`.

use s3s::dto::{Bucket, ListBucketsInput, ListBucketsOutput, Owner};
use s3s::{S3Request, S3Result};
use store::KeyRange;

use crate::content::instant;
use crate::errors::from_store;
use crate::objects::Objects;
use crate::rows::{BUCKETS, bucket_key};

/// As many buckets as an account of AWS's may have.
const ALL: usize = 10_000;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<ListBucketsInput>,
) -> S3Result<ListBucketsOutput> {
    let input = request.input;
    let limit = input.max_buckets.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(ALL).clamp(1, ALL);
    let mut range = KeyRange::all();
    if let Some(token) = &input.continuation_token {
        // The token is the last name of the page before: listing after any name does no harm.
        range = range.after(bucket_key(token));
    }
    let rows = BUCKETS.list(objects.store(), &range, usize::MAX).await.map_err(from_store)?;
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let mut rows = rows.into_iter().filter(|row| row.key.as_str().starts_with(prefix));
    let buckets: Vec<_> = rows
        .by_ref()
        .take(limit)
        .map(|row| Bucket {
            name: Some(row.key.as_str().to_owned()),
            creation_date: Some(instant(row.value.created)),
            bucket_region: Some(objects.setting.region.clone()),
        })
        .collect();
    let next = rows.next().and_then(|_| buckets.last()?.name.clone());
    let account = objects.setting.account.clone();
    Ok(ListBucketsOutput {
        buckets: Some(buckets),
        owner: Some(Owner { id: Some(account), display_name: None }),
        continuation_token: next,
        prefix: input.prefix,
    })
}
