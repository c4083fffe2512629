//! What is asked, in the form that codes are compared with.

use super::Codes;

/// Bits that a question's number is rounded to. What three leave out is little beside what one bit of the other
/// vector leaves out.
pub(super) const PLANES: usize = 3;
const STEPS: f32 = 7.0;

/// How far an estimate is off: its standard deviation for a question of length 1 and a factor of 1, and how many of
/// those are allowed for.
const DEVIATION: f32 = 0.6;
const DEVIATIONS: f32 = 2.5;

pub(crate) struct Question {
    /// The rounded numbers bit by bit: the lowest bits of all of them first.
    planes: [Vec<u64>; PLANES],
    /// An estimate is `base + factor * (scale * steps + low * positive - total)`, where `steps` is the sum of the
    /// rounded numbers whose sign is positive, and `positive` is how many those are.
    base: f32,
    scale: f32,
    low: f32,
    total: f32,
    /// A likeness is more than its estimate by no more than so much times the factor.
    spread: f32,
}

impl Question {
    pub(crate) fn new(vector: &[f32], codes: &Codes) -> Self {
        let low = vector.iter().copied().fold(f32::INFINITY, f32::min);
        let high = vector.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let step = ((high - low) / STEPS).max(f32::MIN_POSITIVE);
        let mut planes = [const { Vec::new() }; PLANES].map(|_: Vec<u64>| vec![0; codes.words()]);
        let mut total = 0.0;
        for (at, number) in vector.iter().enumerate() {
            let steps = ((number - low) / step).round().clamp(0.0, STEPS);
            total += low + step * steps;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
            let bits = steps as u64;
            for (bit, plane) in planes.iter_mut().enumerate() {
                plane[at / 64] |= (bits >> bit & 1) << (at % 64);
            }
        }
        let base = vector.iter().zip(&**codes.centre()).map(|(one, other)| one * other).sum();
        let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
        let spread = DEVIATIONS * DEVIATION * length;
        Self { planes, base, scale: 2.0 * step, low: 2.0 * low, total, spread }
    }

    pub(super) fn planes(&self) -> &[Vec<u64>; PLANES] {
        &self.planes
    }

    /// What the likeness to a vector probably is.
    #[inline(always)]
    pub(super) fn estimate(&self, steps: u32, positive: u16, factor: f32) -> f32 {
        self.base + factor * (self.scale * steps as f32 + self.low * f32::from(positive) - self.total)
    }

    /// What the likeness hardly ever exceeds, given its estimate.
    pub(super) fn at_most(&self, estimate: f32, factor: f32) -> f32 {
        estimate + self.spread * factor
    }
}
