//! The signature itself: what must come out when the right key signs the right text.

use subtle::ConstantTimeEq;

use crate::amz_date::AmzDate;
use crate::canonical::string_to_sign;
use crate::error::AuthError;
use crate::key::SigningKey;
use crate::readings::Reading;

/// A signature with everything that makes it except the request.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) key: SigningKey,
    pub(crate) signed_at: AmzDate,
    /// `date/region/service/aws4_request`
    pub(crate) scope: String,
    pub(crate) signature: [u8; 32],
}

impl Claim {
    /// The first reading of the request that was signed together with this last line, the payload's.
    pub(crate) fn prove(
        &self,
        readings: impl Iterator<Item = Reading>,
        payload: &str,
    ) -> Result<Reading, AuthError> {
        let mut likeliest = None;
        for mut reading in readings {
            let prefix = reading.text.len();
            reading.text.extend_from_slice(payload.as_bytes());
            let text = string_to_sign(self.signed_at, &self.scope, &reading.text);
            if self.key.sign(text.as_bytes()).ct_eq(&self.signature).into() {
                reading.text.truncate(prefix);
                return Ok(reading);
            }
            likeliest.get_or_insert((reading.text, text));
        }
        let (canonical, string_to_sign) = likeliest.unzip();
        let canonical = canonical.map(|text| String::from_utf8_lossy(&text).into_owned());
        Err(AuthError::SignatureDoesNotMatch { canonical, string_to_sign })
    }
}
