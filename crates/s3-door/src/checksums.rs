//! The checksums that clients send along, in a header before the body or in a trailer behind it.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::TryStreamExt;
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::Checksum;
use s3s::{S3Result, TrailingHeaders, s3_error};
use stdx::ByteStream;

use crate::rows::Checksums;

const ALGORITHMS: [&str; 5] = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

/// What was announced of a body, and what it turned out to be.
pub(crate) struct Receipt {
    hasher: Arc<Mutex<ChecksumHasher>>,
    announced: Checksums,
    trailers: Option<TrailingHeaders>,
    /// The algorithms whose value must come in a trailer.
    trailing: Vec<&'static str>,
}

/// Computes, as the body passes, whatever checksum its headers speak of.
pub(crate) fn watch(
    body: ByteStream,
    headers: &HeaderMap,
    trailers: Option<TrailingHeaders>,
) -> (ByteStream, Receipt) {
    let announced: Checksums = values(headers);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let trailer = text("x-amz-trailer").to_ascii_lowercase();
    let trailing = ALGORITHMS
        .into_iter()
        .filter(|name| trailer.split(',').any(|item| item.trim() == format!("x-amz-checksum-{name}")))
        .collect::<Vec<_>>();
    let asked = text("x-amz-sdk-checksum-algorithm").to_ascii_lowercase();
    let mut hasher = ChecksumHasher::default();
    for name in ALGORITHMS {
        if announced.contains_key(name) || trailing.contains(&name) || asked == name {
            enable(&mut hasher, name);
        }
    }
    let hasher = Arc::new(Mutex::new(hasher));
    let receipt = Receipt { hasher: hasher.clone(), announced, trailers, trailing };
    let body = body.inspect_ok(move |chunk| {
        hasher.lock().expect("no holder of the hasher's lock panics").update(chunk);
    });
    (ByteStream::new(body), receipt)
}

impl Receipt {
    /// After the whole body has passed: its checksums, if they are what was announced.
    pub(crate) fn verify(self) -> S3Result<Checksums> {
        let hasher = std::mem::take(&mut *self.hasher.lock().expect("no holder of the hasher's lock panics"));
        let found = of(&hasher.finalize());
        let mut announced = self.announced;
        if let Some(late) = self.trailers.and_then(|trailers| trailers.read(values)) {
            announced.extend(late);
        }
        for name in self.trailing {
            if !announced.contains_key(name) {
                return Err(s3_error!(
                    InvalidRequest,
                    "The announced trailer x-amz-checksum-{name} is missing."
                ));
            }
        }
        for (name, value) in &announced {
            if found.get(name) != Some(value) {
                return Err(s3_error!(
                    BadDigest,
                    "The {name} you specified is not that of the body received."
                ));
            }
        }
        Ok(found)
    }
}

/// Checks a `Content-MD5` header against the MD5 of what came, in hexadecimal.
pub(crate) fn verify_md5(announced: Option<&str>, found: &str) -> S3Result<()> {
    let Some(announced) = announced else { return Ok(()) };
    match STANDARD.decode(announced) {
        Ok(digest) if digest.len() != 16 => Err(s3_error!(InvalidDigest, "Content-MD5 is not an MD5.")),
        Err(_) => Err(s3_error!(InvalidDigest, "Content-MD5 is not base64.")),
        Ok(digest) if hex::encode(&digest) == found => Ok(()),
        Ok(_) => Err(s3_error!(BadDigest, "The Content-MD5 you specified is not that of the body received.")),
    }
}

/// Sets the members that carry checksums, which many of the protocol's messages have.
macro_rules! tell {
    ($message:expr, $checksums:expr) => {{
        let value = |name: &str| $checksums.get(name).cloned();
        $message.checksum_crc32 = value("crc32");
        $message.checksum_crc32c = value("crc32c");
        $message.checksum_crc64nvme = value("crc64nvme");
        $message.checksum_sha1 = value("sha1");
        $message.checksum_sha256 = value("sha256");
    }};
}
pub(crate) use tell;

/// The form that is stored.
pub(crate) fn of(message: &Checksum) -> Checksums {
    let values = [
        &message.checksum_crc32,
        &message.checksum_crc32c,
        &message.checksum_crc64nvme,
        &message.checksum_sha1,
        &message.checksum_sha256,
    ];
    let named = ALGORITHMS.into_iter().zip(values);
    named.filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))).collect()
}

fn values(headers: &HeaderMap) -> Checksums {
    let value = |name: &&str| {
        let value = headers.get(format!("x-amz-checksum-{name}"))?.to_str().ok()?;
        Some(((*name).to_owned(), value.to_owned()))
    };
    ALGORITHMS.iter().filter_map(value).collect()
}

fn enable(hasher: &mut ChecksumHasher, name: &str) {
    match name {
        "crc32" => hasher.crc32 = Some(Crc32::new()),
        "crc32c" => hasher.crc32c = Some(Crc32c::new()),
        "crc64nvme" => hasher.crc64nvme = Some(Crc64Nvme::new()),
        "sha1" => hasher.sha1 = Some(Sha1::new()),
        _ => hasher.sha256 = Some(Sha256::new()),
    }
}

#[cfg(test)]
mod tests;
