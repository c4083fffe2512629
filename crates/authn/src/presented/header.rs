//! The signature in the `Authorization` header.

use http::header::AUTHORIZATION;

use super::{Credential, Form, Presented, parse_signature, parse_signed_headers};
use crate::amz_date::AmzDate;
use crate::canonical::ALGORITHM;
use crate::error::AuthError;
use crate::request::Request;

/// The header's parameters, if it is there and of AWS's making.
pub(super) fn find<'r>(request: &Request<'r>) -> Result<Option<&'r str>, AuthError> {
    let mut values = request.headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if !value.as_bytes().starts_with(b"AWS") {
        return Ok(None);
    }
    if values.next().is_some() {
        return Err(AuthError::incomplete("There is more than one Authorization header."));
    }
    let value = value.to_str().map_err(|_| AuthError::incomplete("The Authorization header is not text."))?;
    let (algorithm, parameters) = value.split_once(' ').unwrap_or((value, ""));
    if algorithm != ALGORITHM {
        return Err(AuthError::incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'.")));
    }
    Ok(Some(parameters))
}

pub(super) fn parse(request: &Request<'_>, parameters: &str) -> Result<Presented, AuthError> {
    let [mut credential, mut signed_headers, mut signature] = [None; 3];
    for parameter in parameters.split(',') {
        let (name, value) = parameter.trim().split_once('=').ok_or_else(|| {
            AuthError::incomplete("Authorization header must be a list of 'name=value' separated by commas.")
        })?;
        let slot = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(AuthError::incomplete(format!("Authorization header has '{name}' twice.")));
        }
    }
    Ok(Presented {
        form: Form::Header,
        credential: Credential::parse(required(credential, "Credential")?)?,
        signed_headers: parse_signed_headers(required(signed_headers, "SignedHeaders")?)?,
        signature: parse_signature(required(signature, "Signature")?)?,
        signed_at: signed_at(request)?,
        security_token: request
            .single("x-amz-security-token")
            .map_err(|()| AuthError::incomplete("X-Amz-Security-Token must come once and be text."))?
            .map(str::to_owned),
    })
}

fn required<'r>(value: Option<&'r str>, name: &str) -> Result<&'r str, AuthError> {
    value.ok_or_else(|| AuthError::incomplete(format!("Authorization header requires '{name}' parameter.")))
}

fn signed_at(request: &Request<'_>) -> Result<AmzDate, AuthError> {
    let unreadable = || {
        AuthError::incomplete(
            "Date must be in ISO-8601 'basic format', such as 20150830T123600Z, and come once.",
        )
    };
    if let Some(text) = request.single("x-amz-date").map_err(|()| unreadable())? {
        return AmzDate::parse(text).ok_or_else(unreadable);
    }
    let date = request.single("date").map_err(|()| unreadable())?.ok_or_else(|| {
        AuthError::incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        )
    })?;
    AmzDate::parse_date_header(date).ok_or_else(unreadable)
}
