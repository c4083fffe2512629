//! The sum of products, on whatever vector instructions this machine has.

use pulp::{Arch, Simd, WithSimd};

/// Sums that are kept beside each other.
const LANES: usize = 32;

/// A vector of little-endian numbers, as it lies in a file, times another one.
pub(crate) fn dot(bytes: &[u8], vector: &[f32]) -> f32 {
    Arch::new().dispatch(Dot { bytes, vector })
}

struct Dot<'a> {
    bytes: &'a [u8],
    vector: &'a [f32],
}

impl WithSimd for Dot<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        let (numbers, _) = self.bytes.as_chunks::<4>();
        let (ones, rest_of_ones) = numbers.as_chunks::<LANES>();
        let (others, rest_of_others) = self.vector.as_chunks::<LANES>();
        let mut lanes = [0.0; LANES];
        for (one, other) in ones.iter().zip(others) {
            for (lane, (bytes, number)) in lanes.iter_mut().zip(one.iter().zip(other)) {
                *lane += f32::from_le_bytes(*bytes) * number;
            }
        }
        let mut sum = lanes.iter().sum::<f32>();
        for (bytes, number) in rest_of_ones.iter().zip(rest_of_others) {
            sum += f32::from_le_bytes(*bytes) * number;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_counts_once() {
        for length in [0, 1, 31, 32, 33, 100] {
            let one: Vec<f32> = (0_u8..length).map(f32::from).collect();
            let other: Vec<f32> = one.iter().map(|number| 2.0 * number - 7.0).collect();
            let bytes: Vec<u8> = one.iter().flat_map(|number| number.to_le_bytes()).collect();
            let expected: f32 = one.iter().zip(&other).map(|(one, other)| one * other).sum();
            assert!((dot(&bytes, &other) - expected).abs() < 1e-2 * expected.abs().max(1.0), "{length}");
        }
    }
}
