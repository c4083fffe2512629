//! `CreateMultipartUpload`.

use s3s::dto::{CreateMultipartUploadInput, CreateMultipartUploadOutput};
use s3s::{S3Request, S3Result, s3_error};
use store::{Batch, Expect};

use super::described;
use crate::activity::Parent;
use crate::objects::Objects;
use crate::rows::{BUCKETS, UPLOADS, Upload, bucket_key, upload_key};
use crate::unsupported;

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<CreateMultipartUploadOutput> {
    let mut input = request.input;
    unsupported::refuse(&[
        ("Server-side encryption", input.server_side_encryption.is_some()),
        ("Encryption with customer keys", input.sse_customer_algorithm.is_some()),
        ("Tagging", input.tagging.is_some()),
        ("Object lock", input.object_lock_mode.is_some() || input.object_lock_legal_hold_status.is_some()),
    ])?;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    let upload = Upload { initiated: objects.now(), described: described::of_upload(&mut input)? };
    let id = objects.unique();
    let row = upload_key(&input.bucket, &input.key, &id)?;
    let batch = Batch::new()
        .and(BUCKETS.check(bucket_key(&input.bucket), Expect::Present))
        .and(Parent::Bucket(&input.bucket).touch())
        .and(UPLOADS.put(row, &upload, Expect::Absent));
    if !objects.commit(batch).await? {
        return Err(s3_error!(InternalError, "An upload id came up twice."));
    }
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: input.checksum_type,
        ..CreateMultipartUploadOutput::default()
    })
}
