//! A vector as it is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;

/// Numbers as such, or the base64 of their little-endian bytes. Which of the two is the server's choice, whatever it
/// was asked for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Wire {
    Base64(String),
    Numbers(Vec<f32>),
}

impl Wire {
    /// The vector at length 1, or what is wrong with it.
    pub(crate) fn normalised(self) -> Result<Vec<f32>, &'static str> {
        let mut vector = match self {
            Self::Numbers(vector) => vector,
            Self::Base64(text) => {
                let bytes = BASE64.decode(text).map_err(|_| "a vector that is no base64")?;
                let (numbers, rest) = bytes.as_chunks();
                if !rest.is_empty() {
                    return Err("a vector that ends within a number");
                }
                numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
            }
        };
        // In double precision, where no square of a number that fits is too large.
        let square: f64 = vector.iter().map(|number| f64::from(*number).powi(2)).sum();
        if !square.is_finite() || square == 0.0 {
            return Err("a vector without a direction");
        }
        let length = square.sqrt();
        for number in &mut vector {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "at most 1 in size, and precision is what f32 has"
            )]
            let shortened = (f64::from(*number) / length) as f32;
            *number = shortened;
        }
        Ok(vector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_the_same_vector() {
        let bytes: Vec<u8> = [3.0_f32, 4.0].iter().flat_map(|number| number.to_le_bytes()).collect();
        let sent = [format!("{:?}", BASE64.encode(bytes)), "[3, 4.0]".to_owned()];
        for json in sent {
            let wire: Wire = serde_json::from_str(&json).unwrap();
            assert_eq!(wire.normalised().unwrap(), [0.6, 0.8], "{json}");
        }
    }

    #[test]
    fn what_is_no_vector_is_refused() {
        let infinite = format!("{:?}", BASE64.encode(f32::INFINITY.to_le_bytes()));
        for json in ["[]", "[0, 0]", r#""""#, r#""AAA=""#, r#""!""#, "[1e300]", &infinite] {
            let refused = serde_json::from_str::<Wire>(json).map(Wire::normalised);
            assert!(!matches!(refused, Ok(Ok(_))), "{json}: {refused:?}");
        }
    }
}
