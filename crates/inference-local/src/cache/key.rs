//! Under what a vector is cached.

use inference::Purpose;
use sha2::{Digest as _, Sha256};

/// A digest of the model, the purpose and the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CacheKey(pub [u8; 32]);

impl CacheKey {
    /// The key of a text for a purpose in a scope.
    pub fn of(scope: &str, purpose: Purpose, text: &str) -> Self {
        let purpose = match purpose {
            Purpose::Document => 0_u8,
            Purpose::Query => 1,
        };
        let mut hasher = Sha256::new();
        // Lengths first, so that no scope's end can be taken for a text's beginning.
        hasher.update((scope.len() as u64).to_le_bytes());
        hasher.update(scope);
        hasher.update([purpose]);
        hasher.update(Sha256::digest(text));
        Self(hasher.finalize().into())
    }
}
