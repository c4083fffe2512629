//! Proving to AWS who is calling.

use std::sync::Arc;

use authn::{Service, SignedBody, Signer};
use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, HOST, HeaderValue};
use inference::{ErrorKind, ModelError};
use stdx::{BoxFuture, Clock};

use super::credentials::{BedrockCredentials, Found, Keys, denied};
use crate::authorize::Authorize;

/// The service's name in signatures; its host has another one.
const SERVICE: &str = "bedrock";

/// Signs requests, or shows an API key.
#[derive(Clone)]
pub(super) struct AwsProof {
    pub(super) credentials: BedrockCredentials,
    pub(super) region: String,
    pub(super) clock: Arc<dyn Clock>,
}

impl Authorize for AwsProof {
    fn authorize<'a>(&'a self, request: &'a mut Request<Bytes>) -> BoxFuture<'a, Result<(), ModelError>> {
        Box::pin(async move {
            match self.credentials.read().await? {
                Found::ApiKey(key) => show(&key, request),
                Found::Keys(keys) => self.sign(keys, request),
            }
        })
    }
}

impl AwsProof {
    fn sign(&self, keys: Keys, request: &mut Request<Bytes>) -> Result<(), ModelError> {
        let signer = Signer {
            access_key_id: keys.access_key_id,
            secret: keys.secret,
            session_token: keys.session_token,
            region: self.region.clone(),
            service: Service::new(SERVICE),
        };
        let host =
            host(request).ok_or_else(|| ModelError::new(ErrorKind::Invalid, "the URL names no host"))?;
        let (mut parts, body) = std::mem::take(request).into_parts();
        parts.headers.insert(HOST, host);
        let signed = signer.sign(&mut parts, SignedBody::Bytes(&body), self.clock.now());
        *request = Request::from_parts(parts, body);
        signed.map_err(|error| denied(format!("a request to AWS cannot be signed: {error}")))
    }
}

/// The host as it is sent: without a port that goes without saying.
fn host(request: &Request<Bytes>) -> Option<HeaderValue> {
    let authority = request.uri().authority()?;
    let usual = if request.uri().scheme_str() == Some("https") { 443 } else { 80 };
    match authority.port_u16() {
        Some(port) if port != usual => HeaderValue::try_from(format!("{}:{port}", authority.host())).ok(),
        _ => HeaderValue::try_from(authority.host()).ok(),
    }
}

fn show(key: &str, request: &mut Request<Bytes>) -> Result<(), ModelError> {
    let value = HeaderValue::try_from(format!("Bearer {key}"));
    let mut value =
        value.map_err(|_| denied("the Bedrock API key has characters that no header can hold"))?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(())
}
