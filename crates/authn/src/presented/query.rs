//! The signature in the query: presigned URLs.

use std::borrow::Cow;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::{Credential, Form, Presented, parse_signature, parse_signed_headers};
use crate::amz_date::AmzDate;
use crate::canonical::ALGORITHM;
use crate::error::AuthError;
use crate::request::Request;

/// Seven days, AWS's limit.
const MAX_EXPIRES: u64 = 604_800;

pub(super) fn is_present(query: &str) -> bool {
    pairs(query).any(|(name, _)| matches!(name, "X-Amz-Algorithm" | "X-Amz-Signature"))
}

pub(super) fn parse(request: &Request<'_>) -> Result<Presented, AuthError> {
    let query = request.query;
    let algorithm = required(query, "X-Amz-Algorithm")?;
    if algorithm != ALGORITHM {
        return Err(AuthError::incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'.")));
    }
    let signed_at = AmzDate::parse(&required(query, "X-Amz-Date")?)
        .ok_or_else(|| AuthError::incomplete("X-Amz-Date must be in ISO-8601 'basic format'."))?;
    Ok(Presented {
        form: Form::Query { expires: parse_expires(&required(query, "X-Amz-Expires")?)? },
        credential: Credential::parse(required(query, "X-Amz-Credential")?)?,
        signed_headers: parse_signed_headers(&required(query, "X-Amz-SignedHeaders")?)?,
        signature: parse_signature(&required(query, "X-Amz-Signature")?)?,
        signed_at,
        security_token: parameter(query, "X-Amz-Security-Token")?.map(Cow::into_owned),
    })
}

/// The decoded value of a parameter that may come once only.
pub(crate) fn parameter<'q>(query: &'q str, name: &str) -> Result<Option<Cow<'q, str>>, AuthError> {
    let mut values = pairs(query).filter(|(candidate, _)| *candidate == name);
    let Some((_, value)) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AuthError::incomplete(format!("The query has '{name}' twice.")));
    }
    let decoded = percent_decode_str(value).decode_utf8();
    decoded.map(Some).map_err(|_| AuthError::incomplete(format!("'{name}' in the query is not text.")))
}

fn required<'q>(query: &'q str, name: &str) -> Result<Cow<'q, str>, AuthError> {
    parameter(query, name)?
        .ok_or_else(|| AuthError::incomplete(format!("AWS query-string parameters must include '{name}'.")))
}

fn parse_expires(text: &str) -> Result<Duration, AuthError> {
    match text.parse() {
        Ok(seconds @ 1..=MAX_EXPIRES) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Duration::from_secs(seconds))
        }
        _ => {
            Err(AuthError::incomplete(format!("X-Amz-Expires must be between 1 and {MAX_EXPIRES} seconds.")))
        }
    }
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presigned_url_lives_a_second_to_seven_days() {
        assert_eq!(parse_expires("604800").unwrap(), Duration::from_secs(604_800));
        for text in ["", "0", "604801", "-1", "+5", "1.5", "99999999999999999999"] {
            assert!(parse_expires(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_parameter_comes_once() {
        assert_eq!(parameter("a=1&b=%2F", "b").unwrap().as_deref(), Some("/"));
        assert!(parameter("a=1&a=1", "a").is_err());
        assert!(parameter("a=%FF", "a").is_err());
    }
}
