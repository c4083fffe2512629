//! How the payload enters the signature: `x-amz-content-sha256`.

use crate::error::AuthError;
use crate::presented::{Form, Presented, query};
use crate::request::Request;
use crate::service::Service;

pub(crate) const HEADER: &str = "x-amz-content-sha256";
pub(crate) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// What the caller says of the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    /// Nothing: the hash of the body itself was signed.
    Unnamed,
    /// Its SHA-256.
    Sha256([u8; 32]),
    /// That it is not part of the signature.
    Unsigned,
    /// That it comes in chunks.
    Chunked { signed: bool, trailer: bool },
}

impl Payload {
    pub(crate) fn of(
        request: &Request<'_>,
        presented: &Presented,
        service: &Service,
    ) -> Result<Self, AuthError> {
        let named = request.single(HEADER).map_err(|()| malformed())?;
        if let Some(text) = named {
            return Self::parse(text);
        }
        if let Form::Query { .. } = presented.form {
            if let Some(text) = query::parameter(request.query, "X-Amz-Content-Sha256")? {
                return Self::parse(&text);
            }
            if service.presigned_body_unsigned {
                return Ok(Self::Unsigned);
            }
        }
        Ok(Self::Unnamed)
    }

    fn parse(text: &str) -> Result<Self, AuthError> {
        Ok(match text {
            UNSIGNED => Self::Unsigned,
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Self::Chunked { signed: true, trailer: false },
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Self::Chunked { signed: true, trailer: true },
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Self::Chunked { signed: false, trailer: true },
            hash => {
                let mut digest = [0; 32];
                let upper = hash.bytes().any(|byte| byte.is_ascii_uppercase());
                if upper || hex::decode_to_slice(hash, &mut digest).is_err() {
                    return Err(malformed());
                }
                Self::Sha256(digest)
            }
        })
    }

    /// The last line of the canonical request, if it is known before the body is.
    pub(crate) fn line(&self) -> Option<String> {
        Some(match self {
            Self::Unnamed => return None,
            Self::Sha256(digest) => hex::encode(digest),
            Self::Unsigned => UNSIGNED.to_owned(),
            Self::Chunked { signed: true, trailer: false } => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned(),
            Self::Chunked { signed: true, trailer: true } => {
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER".to_owned()
            }
            Self::Chunked { signed: false, .. } => "STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned(),
        })
    }
}

fn malformed() -> AuthError {
    AuthError::incomplete(
        "x-amz-content-sha256 must come once and be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
         STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back_as_its_own_line() {
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let streaming =
            ["-AWS4-HMAC-SHA256-PAYLOAD", "-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "-UNSIGNED-PAYLOAD-TRAILER"];
        let mut lines = vec![UNSIGNED.to_owned(), hash.to_owned()];
        lines.extend(streaming.map(|kind| format!("STREAMING{kind}")));
        for line in lines {
            assert_eq!(Payload::parse(&line).unwrap().line(), Some(line));
        }
        for line in [
            "",
            "unsigned-payload",
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
            &hash[1..],
            &hash.to_uppercase(),
        ] {
            assert!(Payload::parse(line).is_err(), "{line}");
        }
    }
}
