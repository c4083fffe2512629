//! Randomness as a capability.

use std::sync::Mutex;

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Where random bytes come from.
pub trait Rng: Send + Sync + 'static {
    /// Fills `buffer` with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Rng {
    /// `length` characters of `[A-Za-z0-9]`, each equally likely.
    pub fn alphanumeric(&self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        let mut pool = [0_u8; 64];
        while text.len() < length {
            self.fill(&mut pool);
            // 248 is the largest multiple of 62 in a byte: what lies above would favour the first letters.
            let letters = pool.iter().filter(|byte| **byte < 248);
            for byte in letters.take(length - text.len()) {
                text.push(char::from(ALPHANUMERIC[usize::from(*byte) % ALPHANUMERIC.len()]));
            }
        }
        text
    }

    /// A random version-4 UUID in its usual lower-case form.
    pub fn uuid(&self) -> String {
        let mut bytes = [0_u8; 16];
        self.fill(&mut bytes);
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let mut text = String::with_capacity(36);
        for (index, byte) in bytes.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push(char::from_digit(u32::from(byte >> 4), 16).expect("a nibble is a hex digit"));
            text.push(char::from_digit(u32::from(byte & 15), 16).expect("a nibble is a hex digit"));
        }
        text
    }
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system's random source answers");
    }
}

/// A repeatable generator for tests (SplitMix64); never for secrets.
#[derive(Debug)]
pub struct SeededRng(Mutex<u64>);

impl SeededRng {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Rng for SeededRng {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().expect("no holder of the generator's lock panics");
        for chunk in buffer.chunks_mut(8) {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alphanumeric_has_the_asked_length_and_alphabet() {
        let rng: &dyn Rng = &SeededRng::new(1);
        let text = rng.alphanumeric(300);
        assert_eq!(text.len(), 300);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn uuids_say_their_version() {
        let rng: &dyn Rng = &SystemRng;
        let uuid = rng.uuid();
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
        assert_ne!(uuid, rng.uuid());
    }
}
