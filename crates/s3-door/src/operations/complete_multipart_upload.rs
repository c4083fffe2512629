//! `CompleteMultipartUpload`.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use md5::{Digest as _, Md5};
use s3s::dto::{CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart};
use s3s::{S3Request, S3Result, s3_error};
use stdx::ByteStream;
use store::{BlobInfo, Blobs, Entry};

use crate::checksums;
use crate::conditions::{Conditions, etag};
use crate::errors::from_store;
use crate::multipart::{MIN_PART, number};
use crate::objects::Objects;
use crate::rows::{Checksums, Object, Part};

pub(super) async fn handle(
    objects: &Objects,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<CompleteMultipartUploadOutput> {
    let input = request.input;
    objects.check_owner(input.expected_bucket_owner.as_ref())?;
    let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
    let conditions =
        Conditions { matches: input.if_match, none_match: input.if_none_match, ..Conditions::default() };
    loop {
        let whole = objects.whole(&input.bucket, &input.key, &input.upload_id).await?;
        let chosen = choose(&named, &whole.parts)?;
        let info = join(objects, &chosen).await?;
        if input.mpu_object_size.is_some_and(|size| u64::try_from(size) != Ok(info.length)) {
            return Err(s3_error!(InvalidRequest, "The parts do not add up to the announced object size."));
        }
        let object = Object {
            digest: info.digest,
            length: info.length,
            etag: combined_etag(&chosen),
            modified: objects.now(),
            checksums: Checksums::new(),
            parts: Some(chosen.len()),
            described: whole.upload.value.described,
        };
        if objects.place(&input.bucket, &input.key, &object, &conditions, whole.removal).await? {
            return Ok(CompleteMultipartUploadOutput {
                location: Some(format!("/{}/{}", input.bucket, input.key)),
                bucket: Some(input.bucket),
                key: Some(input.key),
                e_tag: Some(etag(&object.etag)),
                ..CompleteMultipartUploadOutput::default()
            });
        }
    }
}

/// The parts that the request names, in its order.
fn choose<'a>(named: &[CompletedPart], parts: &'a [Entry<Part>]) -> S3Result<Vec<&'a Part>> {
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    if !named.is_sorted_by(|one, next| one.part_number < next.part_number) {
        return Err(s3_error!(InvalidPartOrder, "The list of parts was not in ascending order."));
    }
    let mut chosen = Vec::with_capacity(named.len());
    for (index, name) in named.iter().enumerate() {
        let wanted = name.part_number.unwrap_or_default();
        let found = parts.binary_search_by_key(&wanted, number).ok().map(|at| &parts[at].value);
        let part = found.filter(|part| is_same(part, name)).ok_or_else(|| {
            s3_error!(InvalidPart, "Part {wanted} was not uploaded, or not with this entity tag or checksum.")
        })?;
        if part.length < MIN_PART && index + 1 < named.len() {
            return Err(s3_error!(EntityTooSmall, "Each part but the last must have {MIN_PART} bytes."));
        }
        chosen.push(part);
    }
    Ok(chosen)
}

fn is_same(part: &Part, named: &CompletedPart) -> bool {
    let checksums = checksums::of(&s3s::dto::Checksum {
        checksum_crc32: named.checksum_crc32.clone(),
        checksum_crc32c: named.checksum_crc32c.clone(),
        checksum_crc64nvme: named.checksum_crc64nvme.clone(),
        checksum_sha1: named.checksum_sha1.clone(),
        checksum_sha256: named.checksum_sha256.clone(),
        ..s3s::dto::Checksum::default()
    });
    named.e_tag.as_ref().is_some_and(|etag| etag.value() == part.etag)
        && checksums.iter().all(|(name, value)| part.checksums.get(name).is_none_or(|found| found == value))
}

/// Writes the parts, one after the other, as one blob.
async fn join(objects: &Objects, parts: &[&Part]) -> S3Result<BlobInfo> {
    let blobs: Arc<dyn Blobs> = objects.setting.blobs.clone();
    let digests: Vec<_> = parts.iter().map(|part| part.digest.clone()).collect();
    let content = stream::iter(digests)
        .then(move |digest| {
            let blobs = blobs.clone();
            async move { blobs.read(&digest, 0, None).await.map_err(std::io::Error::other) }
        })
        .try_flatten();
    objects.blobs().put(ByteStream::new(content)).await.map_err(from_store)
}

/// The ETag of what came in parts: the MD5 of the parts' MD5s, and how many they are.
fn combined_etag(parts: &[&Part]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(hex::decode(&part.etag).unwrap_or_default());
    }
    format!("{}-{}", hex::encode(md5.finalize()), parts.len())
}
