//! What a client may ask for that the door does not do: refused, never ignored.

use s3s::{S3Result, s3_error};

/// Refuses the request if it asks for one of these features.
pub(crate) fn refuse(features: &[(&str, bool)]) -> S3Result<()> {
    match features.iter().find(|(_, asked)| *asked) {
        Some((feature, _)) => Err(s3_error!(NotImplemented, "{feature} is not implemented.")),
        None => Ok(()),
    }
}

/// Refuses a version id; `null` is the version of an object in a bucket without versions.
pub(crate) fn refuse_version(version: Option<&String>) -> S3Result<()> {
    refuse(&[("Versioning (versionId)", version.is_some_and(|version| version != "null"))])
}
