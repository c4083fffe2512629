//! A key's text and its digest.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest as _, Sha256};
use stdx::Rng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const PREFIX: &str = "fh-";
const BYTES: usize = 32;
/// [`BYTES`] in base64 without padding.
const LETTERS: usize = 43;
/// What the root key says when it stands for an API key: another purpose must derive another key.
const PURPOSE: &[u8] = b"freehold api key 1";

/// A key as its holder presents it: `fh-` and 43 characters that need no escaping. Redacted when printed.
#[derive(Clone)]
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// The key that belongs to a data directory's root key.
    pub fn derived(root_secret: &str) -> Self {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(root_secret.as_bytes()).expect("HMAC takes a key of any length");
        mac.update(PURPOSE);
        Self::of(&Zeroizing::new(mac.finalize().into_bytes().into()))
    }

    pub(crate) fn random(rng: &dyn Rng) -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        rng.fill(&mut *bytes);
        Self::of(&bytes)
    }

    fn of(bytes: &[u8; BYTES]) -> Self {
        Self(Zeroizing::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The text, for those who must have it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn digest(&self) -> KeyDigest {
        KeyDigest(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey(..)")
    }
}

/// The SHA-256 of a key: all that is ever stored or compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// The digest of a text that somebody presents; `None` if it does not even look like a key.
    pub(crate) fn of(presented: &str) -> Option<Self> {
        let letters = presented.strip_prefix(PREFIX)?;
        let plausible = letters.len() == LETTERS
            && letters.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        plausible.then(|| Self(Sha256::digest(presented.as_bytes()).into()))
    }

    /// Compares without telling, by the time it takes, where the difference lies.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    pub(crate) fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

#[cfg(test)]
mod tests {
    use stdx::SystemRng;

    use super::*;

    #[test]
    fn a_key_has_its_form_and_does_not_show() {
        let key = ApiKey::random(&SystemRng);
        assert_eq!(key.expose().len(), PREFIX.len() + LETTERS);
        assert_eq!(KeyDigest::of(key.expose()), Some(key.digest()));
        assert_eq!(format!("{key:?}"), "ApiKey(..)");
    }

    #[test]
    fn what_is_no_key_has_no_digest() {
        let letters = "a".repeat(LETTERS);
        for text in
            ["", "fh-", "fh-short", &letters, &format!("fh-{letters}a"), &format!("fh- {}", &letters[1..])]
        {
            assert_eq!(KeyDigest::of(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_root_key_has_one_derived_key() {
        let derived = ApiKey::derived("wJalrXUtnFEMI");
        assert_eq!(derived.expose(), ApiKey::derived("wJalrXUtnFEMI").expose());
        assert_ne!(derived.expose(), ApiKey::derived("wJalrXUtnFEMJ").expose());
        assert!(KeyDigest::of(derived.expose()).is_some_and(|digest| digest.matches(&derived.digest())));
    }
}
