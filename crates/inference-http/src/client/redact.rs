//! Keeping what was sent in secret out of what is said about it.

use std::error::Error as _;

use http::HeaderMap;
use inference::ModelError;
use zeroize::Zeroizing;

/// Shorter values are no secrets, and replacing them would make messages unreadable.
const SHORTEST: usize = 6;

/// The secrets of one request: the values of its sensitive headers.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<Zeroizing<String>>);

impl Secrets {
    /// The secrets of these headers.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let sensitive = headers.values().filter(|value| value.is_sensitive());
        let texts = sensitive.filter_map(|value| value.to_str().ok());
        // A scheme such as `Bearer` stands before the secret, not in it.
        let secrets = texts.map(|text| text.rsplit(' ').next().unwrap_or(text));
        Self(
            secrets
                .filter(|text| text.len() >= SHORTEST)
                .map(|text| Zeroizing::new(text.to_owned()))
                .collect(),
        )
    }

    /// The text without the secrets.
    pub(super) fn redact(&self, text: String) -> String {
        self.0.iter().fold(text, |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), "[secret]") } else { text }
        })
    }

    /// The error without the secrets: its message is freed of them, and causes that hold one are left out.
    pub(super) fn redact_error(&self, error: ModelError) -> ModelError {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        let told = causes.map(|cause| format!("{cause} {cause:?}")).collect::<String>() + error.message();
        if self.0.iter().any(|secret| told.contains(secret.as_str())) {
            let message = self.redact(error.message().to_owned());
            return ModelError::new(error.kind().clone(), message);
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use inference::ErrorKind;

    use super::*;

    #[test]
    fn an_echoed_key_is_not_passed_on() {
        let mut headers = HeaderMap::new();
        let mut key = HeaderValue::from_static("Bearer sk-123456");
        key.set_sensitive(true);
        headers.insert("authorization", key);
        headers.insert("accept", HeaderValue::from_static("application/json"));
        let secrets = Secrets::of(&headers);
        assert_eq!(
            secrets.redact("no key sk-123456 for application/json".into()),
            "no key [secret] for application/json"
        );
        let error = ModelError::new(ErrorKind::AccessDenied, "Bearer sk-123456?").because("sk-123456");
        let redacted = secrets.redact_error(error);
        assert!(!format!("{redacted:?}").contains("sk-123456"), "{redacted:?}");
        assert_eq!(redacted.kind(), &ErrorKind::AccessDenied);
        let error = ModelError::new(ErrorKind::Malformed, "no JSON").because("at sk-123456");
        assert!(secrets.redact_error(error).source().is_none());
    }
}
