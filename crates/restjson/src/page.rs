//! Tokens that continue a listing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fault::Fault;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::call::Call;

/// Makes and reads page tokens. A token only continues the listing that it came from: the same operation with the same
/// parameters in the same account.
pub struct PageTokens {
    keyed: Hmac<Sha256>,
}

const SEAL: usize = 16;

impl PageTokens {
    /// Tokens under this key; servers that share it understand one another's.
    pub fn new(key: &[u8; 32]) -> Self {
        Self { keyed: Hmac::new_from_slice(key).expect("HMAC takes keys of any length") }
    }

    /// A token for the page that starts at `position`, whatever that means to the handler.
    pub fn seal(&self, call: &Call, position: &str) -> String {
        let mut token = self.mac(call, position).finalize().into_bytes()[..SEAL].to_vec();
        token.extend_from_slice(position.as_bytes());
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The position of a token that came with this call.
    pub fn open(&self, call: &Call, token: &str) -> fault::Result<String> {
        let refused = || Fault::field("nextToken", "does not belong to this listing");
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| refused())?;
        let (seal, position) = bytes.split_at_checked(SEAL).ok_or_else(refused)?;
        let position = std::str::from_utf8(position).map_err(|_| refused())?;
        self.mac(call, position).verify_truncated_left(seal).map_err(|_| refused())?;
        Ok(position.to_owned())
    }

    fn mac(&self, call: &Call, position: &str) -> Hmac<Sha256> {
        let mut mac = self.keyed.clone();
        mac.update(call.fingerprint.as_bytes());
        mac.update(&(call.account().len() as u64).to_be_bytes());
        mac.update(call.account().as_bytes());
        mac.update(position.as_bytes());
        mac
    }
}

impl std::fmt::Debug for PageTokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PageTokens")
    }
}
