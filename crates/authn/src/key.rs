//! The derived key that signs, and a small memory of those in use.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::credential::Secret;

/// More keys than this in use within a day and the cache starts over.
const CAPACITY: usize = 1024;

/// A key for one day, region and service, ready to sign.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// Derives the key from a secret and a scope `date/region/service/aws4_request`.
    pub(crate) fn derive(secret: &Secret, scope: &str) -> Self {
        let first = Zeroizing::new(format!("AWS4{}", secret.expose()));
        let mut key = keyed(first.as_bytes());
        for part in scope.split('/') {
            key.update(part.as_bytes());
            key = keyed(&key.finalize().into_bytes());
        }
        Self(key)
    }

    pub(crate) fn sign(&self, text: &[u8]) -> [u8; 32] {
        self.0.clone().chain_update(text).finalize().into_bytes().into()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(..)")
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Keys by access key and scope. A key whose secret has changed meanwhile is not used again.
#[derive(Default)]
pub(crate) struct KeyCache(Mutex<HashMap<String, (Secret, SigningKey)>>);

impl KeyCache {
    /// The key for a credential `access key/date/region/service/aws4_request`.
    pub(crate) fn get(&self, credential: &str, secret: &Secret) -> SigningKey {
        if let Some((known, key)) = self.lock().get(credential)
            && known.matches(secret.expose())
        {
            return key.clone();
        }
        let scope = credential.split_once('/').map_or("", |(_, scope)| scope);
        let key = SigningKey::derive(secret, scope);
        let mut cache = self.lock();
        if cache.len() >= CAPACITY {
            cache.clear();
        }
        cache.insert(credential.to_owned(), (secret.clone(), key.clone()));
        key
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Secret, SigningKey)>> {
        self.0.lock().expect("no holder of the cache's lock panics")
    }
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyCache(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIAL: &str = "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request";

    #[test]
    fn derives_the_documented_example() {
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let key = SigningKey::derive(&secret, "20150830/us-east-1/iam/aws4_request");
        let text = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n\
                    f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59";
        let signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
        assert_eq!(hex::encode(key.sign(text.as_bytes())), signature);
    }

    #[test]
    fn a_rotated_secret_gets_a_new_key() {
        let cache = KeyCache::default();
        let old = cache.get(CREDENTIAL, &Secret::new("old")).sign(b"");
        assert_eq!(cache.get(CREDENTIAL, &Secret::new("old")).sign(b""), old);
        assert_ne!(cache.get(CREDENTIAL, &Secret::new("new")).sign(b""), old);
    }

    #[test]
    fn the_cache_stays_small() {
        let cache = KeyCache::default();
        for number in 0..CAPACITY * 2 {
            cache.get(&format!("{number}/{CREDENTIAL}"), &Secret::new("secret"));
        }
        assert!(cache.lock().len() <= CAPACITY);
    }
}
