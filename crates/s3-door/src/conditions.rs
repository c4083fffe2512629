//! Conditional requests.

use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use crate::content::instant;
use crate::errors::no_such_key;
use crate::rows::Object;

/// The conditions of a request, of whatever kind.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) matches: Option<ETagCondition>,
    pub(crate) none_match: Option<ETagCondition>,
    pub(crate) modified_since: Option<Timestamp>,
    pub(crate) unmodified_since: Option<Timestamp>,
}

impl Conditions {
    /// Whether the object may be read: RFC 9110's order of precedence.
    pub(crate) fn check_read(&self, object: &Object) -> S3Result<()> {
        // The times of HTTP are whole seconds.
        let modified = instant(stdx::Timestamp::from_millis(object.modified.as_secs() * 1000));
        if let Some(condition) = &self.matches {
            if !holds(condition, object) {
                return Err(failed());
            }
        } else if self.unmodified_since.as_ref().is_some_and(|since| modified > *since) {
            return Err(failed());
        }
        if let Some(condition) = &self.none_match {
            if holds(condition, object) {
                return Err(S3Error::new(S3ErrorCode::NotModified));
            }
        } else if self.modified_since.as_ref().is_some_and(|since| modified <= *since) {
            return Err(S3Error::new(S3ErrorCode::NotModified));
        }
        Ok(())
    }

    /// Whether a copy may be made of the object: what would be "not modified" for a reader is a failure here.
    pub(crate) fn check_source(&self, object: &Object) -> S3Result<()> {
        self.check_read(object).map_err(|_| failed())
    }

    /// Whether an object may be written in place of `old`.
    pub(crate) fn check_write(&self, old: Option<&Object>) -> S3Result<()> {
        if let Some(condition) = &self.matches {
            let old = old.ok_or_else(no_such_key)?;
            if !holds(condition, old) {
                return Err(failed());
            }
        }
        if let (Some(condition), Some(old)) = (&self.none_match, old)
            && holds(condition, old)
        {
            return Err(failed());
        }
        Ok(())
    }
}

fn holds(condition: &ETagCondition, object: &Object) -> bool {
    condition.as_etag().is_none_or(|etag| etag.value() == object.etag)
}

fn failed() -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold.")
}

/// The ETag as messages have it.
pub(crate) fn etag(text: &str) -> ETag {
    ETag::Strong(text.to_owned())
}
