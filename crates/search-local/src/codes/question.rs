//! What is asked, in the form that codes are compared with.

use super::Codes;
use super::group::{MOST, Table};

/// How far an estimate is off: its standard deviation for a question of length 1 and a factor of 1, and how many of
/// those are allowed for.
const DEVIATION: f32 = 0.6;
const DEVIATIONS: f32 = 2.5;

pub(crate) struct Question {
    /// For each half byte of a code, what it adds to the sum of the question's numbers whose sign is positive: so many
    /// steps more than the least that it can add.
    tables: Vec<Table>,
    /// An estimate is `base + factor * (step * steps + least)`.
    base: f32,
    step: f32,
    least: f32,
    /// A likeness is more than its estimate by no more than so much times the factor.
    spread: f32,
}

impl Question {
    pub(crate) fn new(vector: &[f32], codes: &Codes) -> Self {
        let mut numbers = vector.to_vec();
        numbers.resize(codes.columns() * 8, 0.0);
        let fours = numbers.as_chunks::<4>().0;
        let negative = |four: &[f32; 4]| four.iter().map(|number| number.min(0.0)).sum::<f32>();
        let range = |four: &[f32; 4]| four.iter().map(|number| number.abs()).sum::<f32>();
        // All steps together have to fit into 16 bits, too.
        let most = f32::from(MOST).min(65_535.0 / fours.len() as f32).floor();
        let step = (fours.iter().map(range).fold(0.0, f32::max) / most).max(f32::MIN_POSITIVE);
        let tables = fours.iter().map(|four| table(four, negative(four), step)).collect();
        let least: f32 = fours.iter().map(negative).sum();
        let total: f32 = vector.iter().sum();
        let base = vector.iter().zip(&**codes.centre()).map(|(one, other)| one * other).sum();
        let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
        let spread = DEVIATIONS * DEVIATION * length;
        Self { tables, base, step: 2.0 * step, least: 2.0 * least - total, spread }
    }

    pub(super) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// What the likeness to a vector probably is.
    #[inline(always)]
    pub(super) fn estimate(&self, steps: u16, factor: f32) -> f32 {
        self.base + factor * (self.step * f32::from(steps) + self.least)
    }

    /// What the likeness hardly ever exceeds, given its estimate.
    pub(super) fn at_most(&self, estimate: f32, factor: f32) -> f32 {
        estimate + self.spread * factor
    }
}

/// What each choice of four numbers adds up to, in steps from the least.
fn table(four: &[f32; 4], least: f32, step: f32) -> Table {
    std::array::from_fn(|choice| {
        let chosen = four.iter().enumerate().filter(|(at, _)| choice >> at & 1 == 1);
        let steps = (chosen.map(|(_, number)| number).sum::<f32>() - least) / step;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 63")]
        let steps = steps.round().clamp(0.0, f32::from(MOST)) as u8;
        steps
    })
}
