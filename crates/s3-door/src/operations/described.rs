//! What a client says of an object it stores.

use s3s::dto::{CopyObjectInput, CreateMultipartUploadInput, Metadata, PutObjectInput};
use s3s::{S3Result, s3_error};

use crate::content::timestamp;
use crate::rows::Described;

/// S3's limit for all names and values of user metadata together.
const MAX_METADATA: usize = 2 << 10;

/// The members that the three inputs share.
macro_rules! describe {
    ($input:expr) => {
        Described {
            content_type: $input.content_type.take(),
            cache_control: $input.cache_control.take(),
            content_disposition: $input.content_disposition.take(),
            content_encoding: $input.content_encoding.take().and_then(|encoding| without_framing(&encoding)),
            content_language: $input.content_language.take(),
            expires: $input.expires.take().map(timestamp),
            metadata: metadata($input.metadata.take())?,
        }
    };
}

pub(super) fn of_put(input: &mut PutObjectInput) -> S3Result<Described> {
    Ok(describe!(input))
}

pub(super) fn of_copy(input: &mut CopyObjectInput) -> S3Result<Described> {
    Ok(describe!(input))
}

pub(super) fn of_upload(input: &mut CreateMultipartUploadInput) -> S3Result<Described> {
    Ok(describe!(input))
}

/// The given-back form, for the two outputs that share it.
macro_rules! echo {
    ($output:expr, $described:expr) => {{
        let described = $described;
        $output.content_type =
            Some(described.content_type.unwrap_or_else(|| "binary/octet-stream".to_owned()));
        $output.cache_control = described.cache_control;
        $output.content_disposition = described.content_disposition;
        $output.content_encoding = described.content_encoding;
        $output.content_language = described.content_language;
        $output.expires = described.expires.map($crate::content::instant);
        $output.metadata = Some(described.metadata.into_iter().collect());
    }};
}
pub(super) use echo;

fn metadata(metadata: Option<Metadata>) -> S3Result<std::collections::BTreeMap<String, String>> {
    let metadata: std::collections::BTreeMap<_, _> = metadata.unwrap_or_default().into_iter().collect();
    let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > MAX_METADATA {
        return Err(s3_error!(MetadataTooLarge, "User metadata may have {MAX_METADATA} bytes, not {size}."));
    }
    Ok(metadata)
}

/// `aws-chunked` frames the request's body; it is not a property of the object.
fn without_framing(encoding: &str) -> Option<String> {
    let kept: Vec<_> = encoding.split(',').map(str::trim).filter(|item| *item != "aws-chunked").collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framing_is_not_kept() {
        assert_eq!(without_framing("aws-chunked"), None);
        assert_eq!(without_framing("gzip, aws-chunked").as_deref(), Some("gzip"));
        assert_eq!(without_framing("gzip").as_deref(), Some("gzip"));
    }
}
