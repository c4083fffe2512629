//! What a caller claims, read but not believed.

mod header;
pub(crate) mod query;

use std::time::Duration;

use crate::amz_date::AmzDate;
use crate::error::AuthError;
use crate::request::Request;

/// A signature with all that it claims. Nothing of it is proven before [`crate::Verifier::verify`].
#[derive(Clone, Debug)]
pub struct Presented {
    pub(crate) form: Form,
    /// The access key and the scope: `key/date/region/service/aws4_request`.
    pub(crate) credential: Credential,
    /// The names as sent, separated by semicolons.
    pub(crate) signed_headers: String,
    pub(crate) signature: [u8; 32],
    pub(crate) signed_at: AmzDate,
    pub(crate) security_token: Option<String>,
}

/// Where the signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// In the `Authorization` header.
    Header,
    /// In the query: a presigned URL, valid for this long.
    Query { expires: Duration },
}

impl Presented {
    /// Reads the signature of a request; `None` if it carries none (or another kind of authorization).
    pub fn parse(request: &Request<'_>) -> Result<Option<Self>, AuthError> {
        match (header::find(request)?, query::is_present(request.query)) {
            (Some(_), true) => Err(AuthError::incomplete(
                "The request is signed in the Authorization header and in the query; only one of them may be used.",
            )),
            (Some(authorization), false) => header::parse(request, authorization).map(Some),
            (None, true) => query::parse(request).map(Some),
            (None, false) => Ok(None),
        }
    }

    /// The access key that the caller claims to have.
    pub fn access_key_id(&self) -> &str {
        self.credential.part(0)
    }

    /// The day of the credential scope.
    pub fn date(&self) -> &str {
        self.credential.part(1)
    }

    /// The region of the credential scope.
    pub fn region(&self) -> &str {
        self.credential.part(2)
    }

    /// The service of the credential scope: which door the caller wants.
    pub fn service(&self) -> &str {
        self.credential.part(3)
    }

    /// Whether the signature stands in the query.
    pub fn is_presigned(&self) -> bool {
        matches!(self.form, Form::Query { .. })
    }
}

/// `access key/date/region/service/aws4_request`, known to have exactly these five parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credential(String);

impl Credential {
    fn parse(text: impl Into<String>) -> Result<Self, AuthError> {
        let text = text.into();
        let parts: Vec<&str> = text.split('/').collect();
        if parts.len() != 5 || parts.contains(&"") || parts[4] != "aws4_request" {
            return Err(AuthError::incomplete(format!(
                "Credential must have five parts, '<access-key>/<date>/<region>/<service>/aws4_request', got '{text}'."
            )));
        }
        Ok(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// `date/region/service/aws4_request`
    pub(crate) fn scope(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, scope)| scope)
    }

    fn part(&self, index: usize) -> &str {
        self.0.split('/').nth(index).unwrap_or_default()
    }
}

fn parse_signature(text: &str) -> Result<[u8; 32], AuthError> {
    let mut signature = [0; 32];
    let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
    if upper || hex::decode_to_slice(text, &mut signature).is_err() {
        return Err(AuthError::incomplete("Signature must be 64 lower-case hexadecimal digits."));
    }
    Ok(signature)
}

fn parse_signed_headers(text: &str) -> Result<String, AuthError> {
    let mut seen: Vec<&str> = Vec::new();
    for name in text.split(';') {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_name || name.contains(':') || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(AuthError::incomplete(format!(
                "SignedHeaders must be lower-case header names separated by ';', got '{text}'."
            )));
        }
        if seen.contains(&name) {
            return Err(AuthError::incomplete(format!("SignedHeaders names '{name}' twice.")));
        }
        seen.push(name);
    }
    if !seen.contains(&"host") {
        return Err(AuthError::incomplete("'host' must be a signed header of the request."));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_has_five_parts() {
        let credential = Credential::parse("AKID/20150830/us-east-1/s3/aws4_request").unwrap();
        assert_eq!((credential.part(0), credential.part(3)), ("AKID", "s3"));
        assert_eq!(credential.scope(), "20150830/us-east-1/s3/aws4_request");
        for text in ["", "a/b/c/d", "a/b/c/d/aws4", "a//c/d/aws4_request", "a/b/c/d/aws4_request/e"] {
            assert!(Credential::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn signed_headers_are_lower_case_single_and_hold_host() {
        assert!(parse_signed_headers("host;x-amz-date").is_ok());
        for text in ["", "x-amz-date", "host;", "Host", "host;host", "host; x-amz-date", "host;a:b"] {
            assert!(parse_signed_headers(text).is_err(), "{text}");
        }
    }
}
