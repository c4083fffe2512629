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
        // Whoever sends it writes the same again, where the version of HTTP wants it.
        parts.headers.remove(HOST);
        *request = Request::from_parts(parts, body);
        signed.map_err(|error| denied(format!("a request to AWS cannot be signed: {error}")))
    }
}

/// The host as it will be sent: without a port that goes without saying.
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

#[cfg(test)]
mod tests {
    use stdx::{ManualClock, Timestamp};

    use super::*;
    use crate::bedrock::{base_url, path};
    use crate::secret::Secret;

    /// Signs with the key that AWS's documentation uses, at 2026-01-02 03:04:05 UTC.
    async fn signature(model: &str, token: Option<&str>) -> String {
        let directory = tempfile::tempdir().unwrap();
        let secret = |text: &str| {
            let path = directory.path().join(text.len().to_string());
            std::fs::write(&path, text).unwrap();
            Secret::File(path)
        };
        let credentials = BedrockCredentials::Keys {
            access_key_id: secret("AKIDEXAMPLE"),
            secret_access_key: secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session_token: token.map(secret),
        };
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_767_323_045_000)));
        let proof = AwsProof { credentials, region: "us-east-1".to_owned(), clock };
        let url = format!("{}:443{}", base_url("us-east-1"), path(model, "converse-stream"));
        let request = Request::post(url).header("content-type", "application/json");
        let mut request = request.body(Bytes::from_static(br#"{"messages":[]}"#)).unwrap();
        proof.authorize(&mut request).await.unwrap();
        let secrets = request.headers().values().filter(|value| value.is_sensitive()).count();
        assert_eq!(secrets, usize::from(token.is_some()));
        let authorization = request.headers()[AUTHORIZATION].to_str().unwrap();
        authorization.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    #[tokio::test]
    async fn signatures_are_those_of_botocore() {
        assert_eq!(
            signature("us.anthropic.claude-sonnet-4-6-v1:0", None).await,
            "d93d0f28183e2b6e12857d47adb01e73dbfaa1e4f9f1ddf6fce9f31dc0978df4"
        );
        let profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/p";
        assert_eq!(
            signature(profile, Some("the-token")).await,
            "c010615a6388abf2d674ba9bbaa23a22a69e25a04f683103688ccaeefbf539f0"
        );
    }
}
