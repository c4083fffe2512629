//! Why a caller is turned away, in AWS's words.

mod dialect;

use std::io;

use fault::Fault;

pub use dialect::Dialect;

/// A request that does not prove who sent it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// Neither header nor query carries a signature.
    #[error("Missing Authentication Token")]
    MissingAuthentication,
    /// The signature's parts are absent, doubled or unreadable.
    #[error("{0}")]
    IncompleteSignature(String),
    /// Nobody has this access key, or its session token is not this one.
    #[error("The security token included in the request is invalid.")]
    UnrecognizedClient,
    /// The key was valid once.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    /// The signature is another one than the key would make.
    #[error("{}", dialect::mismatch(.canonical.as_deref(), .string_to_sign.as_deref()))]
    SignatureDoesNotMatch {
        /// The canonical request as we read it.
        canonical: Option<String>,
        /// What should have been signed.
        string_to_sign: Option<String>,
    },
    /// The signature was made too long ago.
    #[error("Signature expired: {signed} is now earlier than {limit} ({now} - {minutes} min.)")]
    SignatureExpired {
        /// When the request was signed.
        signed: String,
        /// The earliest date that would do.
        limit: String,
        /// Our time.
        now: String,
        /// The accepted skew.
        minutes: u64,
    },
    /// The signature is from the future.
    #[error("Signature not yet current: {signed} is still later than {limit} ({now} + {minutes} min.)")]
    SignatureNotYetCurrent {
        /// When the request was signed.
        signed: String,
        /// The latest date that would do.
        limit: String,
        /// Our time.
        now: String,
        /// The accepted skew.
        minutes: u64,
    },
    /// The presigned URL has had its time.
    #[error("Request has expired: it was valid until {until}, now it is {now}")]
    RequestExpired {
        /// The last moment of its validity.
        until: String,
        /// Our time.
        now: String,
    },
    /// The credential scope names another region, service or day.
    #[error("{0}")]
    WrongScope(String),
    /// Headers that must be signed are not.
    #[error("There were headers present in the request which were not signed: {0}")]
    UnsignedHeaders(String),
    /// The body is another one than was signed.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    PayloadMismatch,
    /// A chunk or the trailer of the body is another one than was signed.
    #[error("The signature of a chunk of the body does not match what was computed.")]
    ChunkSignature,
    /// The body's chunks cannot be read.
    #[error("The body is not encoded in chunks as the request says: {0}")]
    MalformedChunks(&'static str),
    /// The keys could not be looked up.
    #[error("The service failed to look up the access key. Its log says why.")]
    Store(#[source] Fault),
}

impl AuthError {
    /// AWS's name for it in `restJson1` services, as `x-amzn-errortype` carries it.
    pub fn name(&self) -> &'static str {
        self.in_dialect(Dialect::RestJson).1
    }

    /// The HTTP status in `restJson1` services.
    pub fn status(&self) -> u16 {
        self.in_dialect(Dialect::RestJson).0
    }

    /// What the caller is told. Holds nothing that the caller did not send.
    pub fn message(&self) -> String {
        self.to_string()
    }

    /// The error that ended a guarded stream, if it was one of ours.
    pub fn find(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }

    pub(crate) fn incomplete(message: impl Into<String>) -> Self {
        Self::IncompleteSignature(message.into())
    }
}

impl From<AuthError> for io::Error {
    fn from(error: AuthError) -> Self {
        Self::new(io::ErrorKind::PermissionDenied, error)
    }
}
