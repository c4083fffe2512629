//! `UploadPart`.

use s3s::dto::{UploadPartInput, UploadPartOutput};
use s3s::{S3Request, S3Result, s3_error};
use store::{Batch, BlobInfo, Expect, claims};

use super::put_object::{MAX_BODY, check_length};
use crate::activity::Parent;
use crate::conditions::etag;
use crate::errors::{from_store, from_upload};
use crate::multipart::{MAX_PARTS, owner};
use crate::objects::Objects;
use crate::rows::{Checksums, PARTS, Part, UPLOADS, part_key};
use crate::{checksums, content, unsupported};

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<UploadPartInput>,
) -> S3Result<UploadPartOutput> {
    let mut input = request.input;
    unsupported::refuse(&[("Encryption with customer keys", input.sse_customer_algorithm.is_some())])?;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    check_number(input.part_number)?;
    if input.content_length.is_some_and(|length| u64::try_from(length).is_ok_and(|length| length > MAX_BODY))
    {
        return Err(s3_error!(EntityTooLarge, "A part may have {MAX_BODY} bytes."));
    }
    let place = Place { bucket: &input.bucket, key: &input.key, upload: &input.upload_id };
    objects.upload(place.bucket, place.key, place.upload).await?;
    let body = content::incoming(input.body.take());
    let (body, receipt) = checksums::watch(body, &request.headers, request.trailing_headers);
    let info = objects.blobs().put(body).await.map_err(from_upload)?;
    let checksums = receipt.verify()?;
    checksums::verify_md5(input.content_md5.as_deref(), &info.md5)?;
    check_length(input.content_length, info.length)?;
    let part = place.store(objects, input.part_number, info, checksums).await?;
    let mut output = UploadPartOutput { e_tag: Some(etag(&part.etag)), ..UploadPartOutput::default() };
    checksums::tell!(output, part.checksums);
    Ok(output)
}

pub(super) fn check_number(number: i32) -> S3Result<()> {
    if (1..=MAX_PARTS).contains(&number) {
        return Ok(());
    }
    Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and {MAX_PARTS}, inclusive"))
}

/// The upload that a part belongs to.
pub(super) struct Place<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) upload: &'a str,
}

impl Place<'_> {
    /// Stores the part in place of one with the same number.
    pub(super) async fn store(
        &self,
        objects: &Objects,
        number: i32,
        info: BlobInfo,
        checksums: Checksums,
    ) -> S3Result<Part> {
        let part = Part {
            digest: info.digest,
            length: info.length,
            etag: info.md5,
            modified: objects.now(),
            checksums,
        };
        let row = part_key(self.upload, number);
        loop {
            let upload = objects.upload(self.bucket, self.key, self.upload).await?;
            let old = PARTS.get(objects.store(), &row).await.map_err(from_store)?;
            let owner = owner(self.upload, row.last());
            let expect = old.as_ref().map_or(Expect::Absent, |old| Expect::At(old.revision));
            let batch = Batch::new()
                .and(UPLOADS.check(upload.key, Expect::At(upload.revision)))
                .and(Parent::Upload(self.upload).touch())
                .and(PARTS.put(row.clone(), &part, expect))
                .with(old.map(|old| claims::release(&old.value.digest, &owner)))
                .and(claims::claim(&part.digest, &owner));
            if objects.commit(batch).await? {
                return Ok(part);
            }
        }
    }
}
