//! `PutObject`.

use s3s::dto::{PutObjectInput, PutObjectOutput};
use s3s::{S3Request, S3Result, s3_error};

use super::described;
use crate::conditions::{Conditions, etag};
use crate::errors::from_upload;
use crate::objects::Objects;
use crate::rows::{Object, object_key};
use crate::{checksums, content, unsupported};

/// S3's limit for one request.
pub(super) const MAX_BODY: u64 = 5 << 30;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<PutObjectInput>,
) -> S3Result<PutObjectOutput> {
    let mut input = request.input;
    check(objects, &input).await?;
    let described = described::of_put(&mut input)?;
    let conditions = Conditions {
        matches: input.if_match.take(),
        none_match: input.if_none_match.take(),
        ..Conditions::default()
    };
    let body = content::incoming(input.body.take());
    let (body, receipt) = checksums::watch(body, &request.headers, request.trailing_headers);
    let info = objects.blobs().put(body).await.map_err(from_upload)?;
    // A body that is not what it should be stays behind as a blob that nobody claims, and goes with the garbage.
    let checksums = receipt.verify()?;
    checksums::verify_md5(input.content_md5.as_deref(), &info.md5)?;
    check_length(input.content_length, info.length)?;
    let object = Object {
        digest: info.digest,
        length: info.length,
        etag: info.md5,
        modified: objects.now(),
        checksums,
        parts: None,
        described,
    };
    while !objects.place(&input.bucket, &input.key, &object, &conditions, Vec::new()).await? {}
    let mut output = PutObjectOutput { e_tag: Some(etag(&object.etag)), ..PutObjectOutput::default() };
    checksums::tell!(output, object.checksums);
    Ok(output)
}

/// Everything that can be refused before the body is read.
async fn check(objects: &Objects, input: &PutObjectInput) -> S3Result<()> {
    unsupported::refuse(&[
        ("Server-side encryption", input.server_side_encryption.is_some()),
        ("Encryption with customer keys", input.sse_customer_algorithm.is_some()),
        ("Tagging", input.tagging.is_some()),
        ("Object lock", input.object_lock_mode.is_some() || input.object_lock_legal_hold_status.is_some()),
        ("Appending", input.write_offset_bytes.is_some()),
    ])?;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    object_key(&input.bucket, &input.key)?;
    if input.content_length.is_some_and(|length| u64::try_from(length).is_ok_and(|length| length > MAX_BODY))
    {
        return Err(s3_error!(EntityTooLarge, "One request may bring {MAX_BODY} bytes: upload in parts."));
    }
    objects.bucket(&input.bucket).await?;
    Ok(())
}

pub(super) fn check_length(announced: Option<i64>, found: u64) -> S3Result<()> {
    if announced.is_some_and(|announced| u64::try_from(announced) != Ok(found)) {
        return Err(s3_error!(IncompleteBody, "The body does not have its announced length."));
    }
    Ok(())
}
