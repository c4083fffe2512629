//! Who may come in: whoever signs with SigV4, for this service and region, with a known secret.
//!
//! The protocol library checks the signature, the clock skew and the body's digest. What it lets pass and we do not:
//! signatures of version 2 (they do not expire), other services and regions, and `x-amz-` headers that
//! are not signed.

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

/// What a signature says of itself.
struct Signed {
    /// Access key, date, region, service, `aws4_request`.
    scope: String,
    headers: String,
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
        let Some(signed) = Signed::of(headers, query) else {
            return Err(s3_error!(InvalidRequest, "Only AWS4-HMAC-SHA256 signatures are accepted."));
        };
        let mut scope = signed.scope.rsplit('/');
        let (Some("aws4_request"), Some("s3"), Some(region)) = (scope.next(), scope.next(), scope.next())
        else {
            return Err(s3_error!(AuthorizationHeaderMalformed, "The credential scope is not that of S3."));
        };
        if region != self.region {
            let expected = &self.region;
            return Err(s3_error!(
                AuthorizationHeaderMalformed,
                "The authorization header is malformed; the region '{region}' is wrong; expecting '{expected}'"
            ));
        }
        match signed.unsigned(headers) {
            Some(name) => Err(s3_error!(AccessDenied, "The header {name} is not signed.")),
            None => Ok(()),
        }
    }
}

impl Signed {
    fn of(headers: &HeaderMap, query: Option<&str>) -> Option<Self> {
        if let Some(value) = headers.get(http::header::AUTHORIZATION) {
            let fields = value.to_str().ok()?.strip_prefix("AWS4-HMAC-SHA256")?;
            let field = |name: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(name));
            return Some(Self {
                scope: field("Credential=")?.to_owned(),
                headers: field("SignedHeaders=")?.to_owned(),
            });
        }
        let field = |name: &str| {
            let value = query?.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('='))?;
            Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
        };
        Some(Self { scope: field("X-Amz-Credential")?, headers: field("X-Amz-SignedHeaders")? })
    }

    /// A header that matters and is not covered by the signature.
    fn unsigned<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let signed = |name: &str| self.headers.split(';').any(|covered| covered.eq_ignore_ascii_case(name));
        if !signed("host") {
            return Some("host");
        }
        headers.keys().map(http::HeaderName::as_str).find(|name| {
            // A presigned URL says nothing of its body, so its digest, too, can only be told later.
            name.starts_with("x-amz-") && *name != "x-amz-content-sha256" && !signed(name)
        })
    }
}

#[cfg(test)]
mod tests;
