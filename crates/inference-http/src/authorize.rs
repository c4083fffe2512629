//! Proving to a provider who is calling.

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use inference::{ErrorKind, ModelError};
use stdx::BoxFuture;

use crate::secret::Secret;

/// Adds the proof of who is calling to a request, anew for each attempt.
///
/// Header values that hold a secret are marked as sensitive: that is how they are kept out of errors.
pub trait Authorize: Send + Sync + 'static {
    /// Adds the proof.
    fn authorize<'a>(
        &'a self,
        request: &'a mut http::Request<Bytes>,
    ) -> BoxFuture<'a, Result<(), ModelError>>;
}

/// A secret in a header, or nothing at all for servers that ask for nothing.
#[derive(Clone, Debug)]
pub struct HeaderKey {
    header: HeaderName,
    prefix: &'static str,
    secret: Option<Secret>,
}

impl HeaderKey {
    /// `authorization: Bearer …`.
    pub fn bearer(secret: Option<Secret>) -> Self {
        Self { header: AUTHORIZATION, prefix: "Bearer ", secret }
    }

    /// The secret itself as the value of this header.
    pub fn plain(header: HeaderName, secret: Secret) -> Self {
        Self { header, prefix: "", secret: Some(secret) }
    }
}

impl Authorize for HeaderKey {
    fn authorize<'a>(
        &'a self,
        request: &'a mut http::Request<Bytes>,
    ) -> BoxFuture<'a, Result<(), ModelError>> {
        Box::pin(async move {
            let Some(secret) = &self.secret else { return Ok(()) };
            let text = secret.read().await?;
            // The header's own error quotes nothing, but neither does it help.
            let mut value =
                HeaderValue::try_from(format!("{}{}", self.prefix, text.as_str())).map_err(|_| {
                    let message = format!("the API key of {secret:?} has characters that no header can hold");
                    ModelError::new(ErrorKind::AccessDenied, message)
                })?;
            value.set_sensitive(true);
            request.headers_mut().insert(self.header.clone(), value);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_secret_is_sent_and_marked() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "sk-1\n").unwrap();
        let mut request = http::Request::new(Bytes::new());
        let secret = Secret::File(file.path().to_owned());
        HeaderKey::bearer(Some(secret.clone())).authorize(&mut request).await.unwrap();
        HeaderKey::plain(HeaderName::from_static("x-api-key"), secret).authorize(&mut request).await.unwrap();
        HeaderKey::bearer(None).authorize(&mut request).await.unwrap();
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer sk-1");
        assert_eq!(request.headers()["x-api-key"], "sk-1");
        assert!(request.headers().values().all(HeaderValue::is_sensitive));
    }
}
