//! Storage failures as S3 names them.

use s3s::{S3Error, S3ErrorCode, s3_error};
use store::StoreError;

/// Any failure of the store.
pub(crate) fn from_store(error: StoreError) -> S3Error {
    match &error {
        StoreError::Conflict { .. } => s3_error!(
            error,
            OperationAborted,
            "A conflicting operation is in progress against this resource. Try again."
        ),
        StoreError::Full => {
            s3_error!(error, ServiceUnavailable, "The server's disk is full: nothing was stored.")
        }
        _ => {
            tracing::error!(error = &error as &dyn std::error::Error, "the store failed under the S3 door");
            S3Error::with_message(S3ErrorCode::InternalError, "The server failed to handle the request.")
        }
    }
}

/// A failure while a body was taken in: most are the sender's.
pub(crate) fn from_upload(error: StoreError) -> S3Error {
    let StoreError::Source(cause) = &error else { return from_store(error) };
    // The protocol library does not name these errors' types.
    let text = cause.to_string();
    let is = |name: &str| text.contains(name);
    if is("Sha256Mismatch") {
        let code = S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into());
        let mut error =
            S3Error::with_message(code, "The x-amz-content-sha256 header is not the body's digest.");
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        error
    } else if is("SignatureMismatch") {
        s3_error!(SignatureDoesNotMatch, "The signature of a chunk of the body does not hold.")
    } else if is("FormatError") || is("TooLarge") || is("TooMany") {
        s3_error!(InvalidRequest, "The body is not well-formed aws-chunked.")
    } else {
        s3_error!(IncompleteBody, "The body ended before, or went on after, its announced length.")
    }
}

pub(crate) fn no_such_bucket() -> S3Error {
    s3_error!(NoSuchBucket, "The specified bucket does not exist.")
}

pub(crate) fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

pub(crate) fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. It may have been aborted or completed, or its id is wrong."
    )
}
