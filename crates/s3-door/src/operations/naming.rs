//! Names in listings: as they are, or percent-encoded for clients that ask so because XML cannot hold them all.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::EncodingType;
use s3s::{S3Result, s3_error};

const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// S3 never lists more at once.
pub(super) const MAX_KEYS: i32 = 1000;

/// How many to list, and what to say of it.
pub(super) fn limit(asked: Option<i32>) -> S3Result<(usize, i32)> {
    let asked = asked.unwrap_or(MAX_KEYS);
    let limit = usize::try_from(asked)
        .map_err(|_| s3_error!(InvalidArgument, "The number of keys may not be negative."))?;
    Ok((limit.min(MAX_KEYS as usize), asked.min(MAX_KEYS)))
}

/// Writes a name as the client asked.
pub(super) fn write(name: &str, encoding: Option<&EncodingType>) -> String {
    match encoding {
        Some(_) => utf8_percent_encode(name, &ESCAPED).to_string(),
        None => name.to_owned(),
    }
}
