//! Who may come in: whoever signs with SigV4, for this service and region, with a known secret.
//!
//! The protocol library checks the signature, the clock skew and the body's digest. What it lets pass and we do not:
//! header signatures of version 2 (they do not expire), other services and regions, `x-amz-` headers that are not
//! signed, and two signatures in one request. Presigned URLs of version 2 are let in: they expire, cover all
//! that matters, and are what boto3 makes unless told otherwise.

use std::pin::Pin;
use std::sync::Arc;

use http::HeaderMap;
use percent_encoding::percent_decode_str;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};
use stdx::BoxFuture;

/// The secrets of the access keys.
pub trait Credentials: Send + Sync + 'static {
    /// The secret that belongs to the access key, if it is known and may be used.
    fn lookup<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Option<String>>;
}

pub(crate) struct Auth(pub(crate) Arc<dyn Credentials>);

impl S3Auth for Auth {
    fn get_secret_key<'s, 'k, 'a>(
        &'s self,
        access_key: &'k str,
    ) -> Pin<Box<dyn Future<Output = S3Result<SecretKey>> + Send + 'a>>
    where
        's: 'a,
        'k: 'a,
        Self: 'a,
    {
        Box::pin(async move {
            let secret = self.0.lookup(access_key).await;
            secret.map(SecretKey::from).ok_or_else(|| {
                s3_error!(InvalidAccessKeyId, "The access key you provided does not exist in our records.")
            })
        })
    }
}

/// How a request is signed, by what it carries.
enum Signature {
    /// With AWS4-HMAC-SHA256, in a header or in the query.
    V4 {
        /// Access key, date, region, service, `aws4_request`.
        scope: String,
        /// The names of the headers that it covers.
        headers: String,
    },
    /// By a presigned URL of the old kind.
    PresignedV2,
}

pub(crate) struct Access {
    pub(crate) region: String,
}

impl S3Access for Access {
    fn check<'s, 'c, 'd, 'a>(
        &'s self,
        context: &'c mut S3AccessContext<'d>,
    ) -> Pin<Box<dyn Future<Output = S3Result<()>> + Send + 'a>>
    where
        's: 'a,
        'c: 'a,
        'd: 'a,
        Self: 'a,
    {
        let known = context.credentials().is_some();
        let checked = self.check_signed(known, context.headers(), context.uri().query());
        Box::pin(std::future::ready(checked))
    }
}

impl Access {
    fn check_signed(&self, known: bool, headers: &HeaderMap, query: Option<&str>) -> S3Result<()> {
        if !known {
            return Err(s3_error!(AccessDenied, "Requests must be signed with an access key."));
        }
        match Signature::of(headers, query) {
            Some(Signature::PresignedV2) => Ok(()),
            Some(Signature::V4 { scope, headers: signed }) => {
                self.check_scope(&scope)?;
                match unsigned(&signed, headers) {
                    Some(name) => Err(s3_error!(AccessDenied, "The header {name} is not signed.")),
                    None => Ok(()),
                }
            }
            None => Err(s3_error!(InvalidRequest, "One AWS4-HMAC-SHA256 signature is needed, and only one.")),
        }
    }

    fn check_scope(&self, scope: &str) -> S3Result<()> {
        let mut parts = scope.rsplit('/');
        let (Some("aws4_request"), Some("s3"), Some(region)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(s3_error!(AuthorizationHeaderMalformed, "The credential scope is not that of S3."));
        };
        if region == self.region {
            return Ok(());
        }
        let expected = &self.region;
        Err(s3_error!(
            AuthorizationHeaderMalformed,
            "The authorization header is malformed; the region '{region}' is wrong; expecting '{expected}'"
        ))
    }
}

impl Signature {
    fn of(headers: &HeaderMap, query: Option<&str>) -> Option<Self> {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let fields: Vec<_> = query
            .unwrap_or_default()
            .split('&')
            .map(|field| field.split_once('=').unwrap_or((field, "")))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect();
        let field = |name: &str| fields.iter().find(|field| field.0 == name).map(|field| field.1.clone());
        let found = (headers.get(http::header::AUTHORIZATION), field("X-Amz-Signature"), field("Signature"));
        match found {
            (Some(header), None, None) => Self::of_header(header.to_str().ok()?),
            (None, Some(_), None) => {
                Some(Self::V4 { scope: field("X-Amz-Credential")?, headers: field("X-Amz-SignedHeaders")? })
            }
            (None, None, Some(_)) => Some(Self::PresignedV2),
            _ => None,
        }
    }

    fn of_header(header: &str) -> Option<Self> {
        let fields = header.strip_prefix("AWS4-HMAC-SHA256")?;
        let field = |name: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(name));
        Some(Self::V4 {
            scope: field("Credential=")?.to_owned(),
            headers: field("SignedHeaders=")?.to_owned(),
        })
    }
}

/// A header that matters and is not covered by the signature.
fn unsigned<'h>(signed: &str, headers: &'h HeaderMap) -> Option<&'h str> {
    let covered = |name: &str| signed.split(';').any(|covered| covered.eq_ignore_ascii_case(name));
    if !covered("host") {
        return Some("host");
    }
    headers.keys().map(http::HeaderName::as_str).find(|name| {
        // A presigned URL says nothing of its body, so its digest, too, can only be told later.
        name.starts_with("x-amz-") && *name != "x-amz-content-sha256" && !covered(name)
    })
}

#[cfg(test)]
mod tests;
