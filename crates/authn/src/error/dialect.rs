//! The same refusal has another name and status in each family of services.

use std::fmt::Write as _;

use super::AuthError;

/// A family of services with its own error names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// JSON services with REST paths, such as AgentCore.
    RestJson,
    /// Form-encoded services with XML answers, such as STS.
    Query,
    /// S3.
    S3,
}

impl AuthError {
    /// HTTP status and error name in this family of services.
    pub fn in_dialect(&self, dialect: Dialect) -> (u16, &'static str) {
        match dialect {
            Dialect::RestJson => rest_json(self),
            Dialect::Query => query(self),
            Dialect::S3 => s3(self),
        }
    }
}

fn rest_json(error: &AuthError) -> (u16, &'static str) {
    match error {
        AuthError::MissingAuthentication => (403, "MissingAuthenticationTokenException"),
        AuthError::IncompleteSignature(_) => (403, "IncompleteSignatureException"),
        AuthError::UnrecognizedClient => (403, "UnrecognizedClientException"),
        AuthError::ExpiredToken => (403, "ExpiredTokenException"),
        AuthError::MalformedChunks(_) => (400, "ValidationException"),
        AuthError::Store(_) => (500, "InternalServerException"),
        _ => (403, "InvalidSignatureException"),
    }
}

fn query(error: &AuthError) -> (u16, &'static str) {
    match error {
        AuthError::MissingAuthentication => (403, "MissingAuthenticationToken"),
        AuthError::IncompleteSignature(_) => (400, "IncompleteSignature"),
        AuthError::UnrecognizedClient => (403, "InvalidClientTokenId"),
        AuthError::ExpiredToken => (403, "ExpiredToken"),
        AuthError::RequestExpired { .. } => (400, "RequestExpired"),
        AuthError::MalformedChunks(_) => (400, "ValidationError"),
        AuthError::Store(_) => (500, "InternalFailure"),
        _ => (403, "SignatureDoesNotMatch"),
    }
}

fn s3(error: &AuthError) -> (u16, &'static str) {
    match error {
        AuthError::MissingAuthentication
        | AuthError::RequestExpired { .. }
        | AuthError::UnsignedHeaders(_) => (403, "AccessDenied"),
        AuthError::IncompleteSignature(_) | AuthError::WrongScope(_) => (400, "AuthorizationHeaderMalformed"),
        AuthError::UnrecognizedClient => (403, "InvalidAccessKeyId"),
        AuthError::ExpiredToken => (400, "ExpiredToken"),
        AuthError::SignatureDoesNotMatch { .. } | AuthError::ChunkSignature => (403, "SignatureDoesNotMatch"),
        AuthError::SignatureExpired { .. } | AuthError::SignatureNotYetCurrent { .. } => {
            (403, "RequestTimeTooSkewed")
        }
        AuthError::PayloadMismatch => (400, "XAmzContentSHA256Mismatch"),
        AuthError::MalformedChunks(_) => (400, "IncompleteBody"),
        AuthError::Store(_) => (500, "InternalError"),
    }
}

/// AWS's message, whose last two paragraphs let a client's author find the difference.
pub(super) fn mismatch(canonical: Option<&str>, string_to_sign: Option<&str>) -> String {
    let mut message = String::from(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
         Access Key and signing method. Consult the service documentation for details.",
    );
    for (what, text) in [("Canonical String for this request", canonical), ("String-to-Sign", string_to_sign)]
    {
        if let Some(text) = text {
            // Writing to a string cannot fail.
            let _ = write!(message, "\n\nThe {what} should have been\n'{text}'\n");
        }
    }
    message
}
