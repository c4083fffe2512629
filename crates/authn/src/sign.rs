//! The other side: signing our own requests, with the same canonical form.

use http::header::{HOST, HeaderValue};
use http::request::Parts;
use stdx::Timestamp;

use crate::amz_date::AmzDate;
use crate::canonical::{
    ALGORITHM, Spelling, canonical_query, encoded_key, encoded_twice, normalized, string_to_sign,
    write_headers,
};
use crate::credential::Secret;
use crate::key::{SigningKey, sha256};
use crate::payload;
use crate::service::{PathStyle, Service};

/// Headers that proxies and transports rewrite, so that nobody signs them.
const UNSIGNED: &[&str] = &[
    "authorization",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// Signs requests with one key for one region and service.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret: Secret,
    /// The session token that belongs to a short-term key.
    pub session_token: Option<Secret>,
    /// The region of the credential scope.
    pub region: String,
    /// The service of the credential scope.
    pub service: Service,
}

/// What is signed of the body.
#[derive(Clone, Copy, Debug)]
pub enum SignedBody<'b> {
    /// All of it.
    Bytes(&'b [u8]),
    /// Nothing: for bodies that are streamed over TLS.
    Unsigned,
}

/// A request that cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// Neither a `Host` header nor the URI names the host.
    #[error("the request names no host")]
    NoHost,
    /// The key, region or token cannot stand in a header.
    #[error("the credentials hold characters that no header can carry")]
    BadCredentials(#[from] http::header::InvalidHeaderValue),
}

impl Signer {
    /// Adds the headers that sign the request as it is now.
    pub fn sign(&self, parts: &mut Parts, body: SignedBody<'_>, now: Timestamp) -> Result<(), SignError> {
        let date = AmzDate::at(now);
        if !parts.headers.contains_key(HOST) {
            let host = parts.uri.authority().ok_or(SignError::NoHost)?;
            parts.headers.insert(HOST, HeaderValue::from_str(host.as_str())?);
        }
        parts.headers.insert("x-amz-date", HeaderValue::from_str(&date.to_string())?);
        if let Some(token) = &self.session_token {
            let mut value = HeaderValue::from_str(token.expose())?;
            value.set_sensitive(true);
            parts.headers.insert("x-amz-security-token", value);
        }
        let line = match body {
            SignedBody::Bytes(bytes) => hex::encode(sha256(bytes)),
            SignedBody::Unsigned => payload::UNSIGNED.to_owned(),
        };
        if self.service.names_payload || matches!(body, SignedBody::Unsigned) {
            parts.headers.insert(payload::HEADER, HeaderValue::from_str(&line)?);
        }
        let (signed, canonical) = self.canonical(parts, &line);
        let scope = format!("{}/{}/{}/aws4_request", date.day(), self.region, self.service.name);
        let text = string_to_sign(date, &scope, &canonical);
        let signature = hex::encode(SigningKey::derive(&self.secret, &scope).sign(text.as_bytes()));
        let authorization = format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={signed}, Signature={signature}",
            self.access_key_id
        );
        parts.headers.insert(http::header::AUTHORIZATION, HeaderValue::from_str(&authorization)?);
        Ok(())
    }

    fn canonical(&self, parts: &Parts, payload: &str) -> (String, Vec<u8>) {
        let names = parts.headers.keys().map(http::HeaderName::as_str);
        let mut names: Vec<_> = names.filter(|name| !UNSIGNED.contains(name)).collect();
        names.sort_unstable();
        let signed = names.join(";");
        let path = parts.uri.path();
        let path = match self.service.paths {
            PathStyle::Key => encoded_key(path).into_owned(),
            PathStyle::EncodedTwice => encoded_twice(normalized(path).as_deref().unwrap_or(path)),
        };
        let query = canonical_query(parts.uri.query().unwrap_or_default(), Spelling::Canonical, &[]);
        let host = parts.headers.get(HOST).map(HeaderValue::as_bytes).unwrap_or_default();
        let mut text = format!("{}\n{path}\n{query}\n", parts.method).into_bytes();
        write_headers(&mut text, &parts.headers, &signed, &String::from_utf8_lossy(host));
        text.extend_from_slice(format!("\n{signed}\n{payload}").as_bytes());
        (signed, text)
    }
}
