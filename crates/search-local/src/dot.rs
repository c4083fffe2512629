//! The sum of products, on whatever vector instructions this machine has.

use pulp::Arch;

const LANES: usize = 32;

/// A vector of little-endian numbers, as it lies in a file, times another one.
pub(crate) fn dot(bytes: &[u8], vector: &[f32]) -> f32 {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let (numbers, _) = bytes.as_chunks::<4>();
            let (ones, rest_of_ones) = numbers.as_chunks::<LANES>();
            let (others, rest_of_others) = vector.as_chunks::<LANES>();
            let mut lanes = [0.0; LANES];
            for (one, other) in ones.iter().zip(others) {
                for (lane, (bytes, number)) in lanes.iter_mut().zip(one.iter().zip(other)) {
                    *lane += f32::from_le_bytes(*bytes) * number;
                }
            }
            let rest = rest_of_ones.iter().zip(rest_of_others);
            rest.fold(lanes.iter().sum::<f32>(), |sum, (bytes, number)| {
                sum + f32::from_le_bytes(*bytes) * number
            })
        },
    )
}
