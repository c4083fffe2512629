//! What is done to numbers one by one or row by row, written so that the compiler makes vector instructions of it:
//! no calls, no branches, sums in lanes. [`pulp`] chooses at run time which ones this machine has. Each of these is a
//! type of its own, because a closure is not always inlined into the code that is compiled for them.

use std::f32::consts::{FRAC_1_SQRT_2, LOG2_E};

use pulp::{Arch, Simd, WithSimd};

/// Sums that are kept beside each other, because the order of additions is part of the result.
const LANES: usize = 16;

/// The Gaussian error linear unit of each number, in its exact form.
pub(super) fn gelu(numbers: &mut [f32]) {
    Arch::new().dispatch(Gelu { numbers });
}

struct Gelu<'a> {
    numbers: &'a mut [f32],
}

impl WithSimd for Gelu<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for number in self.numbers {
            *number = 0.5 * *number * (1.0 + erf(*number * FRAC_1_SQRT_2));
        }
    }
}

/// Each row of so many columns becomes weights that sum up to 1.
pub(super) fn softmax(matrix: &mut [f32], columns: usize) {
    Arch::new().dispatch(Softmax { matrix, columns });
}

struct Softmax<'a> {
    matrix: &'a mut [f32],
    columns: usize,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.matrix.chunks_exact_mut(self.columns) {
            let largest = fold(row, f32::NEG_INFINITY, |_, largest, number| largest.max(number));
            for number in &mut *row {
                *number = exp(*number - largest);
            }
            let factor = 1.0 / sum(row, |number| number);
            for number in row {
                *number *= factor;
            }
        }
    }
}

/// Each row gets the mean 0 and the variance 1, then a scale and a shift.
pub(super) fn normalise(rows: &mut [f32], scale: &[f32], shift: &[f32], epsilon: f32) {
    Arch::new().dispatch(Normalise { rows, scale, shift, epsilon });
}

struct Normalise<'a> {
    rows: &'a mut [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    epsilon: f32,
}

impl WithSimd for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rows, scale, shift, epsilon } = self;
        #[expect(clippy::cast_precision_loss, reason = "a row's width is a small number")]
        let share = 1.0 / scale.len() as f32;
        for row in rows.chunks_exact_mut(scale.len()) {
            let mean = sum(row, |number| number) * share;
            let variance = sum(row, |number| (number - mean) * (number - mean)) * share;
            let factor = 1.0 / (variance + epsilon).sqrt();
            for ((number, scale), shift) in row.iter_mut().zip(scale).zip(shift) {
                *number = (*number - mean) * factor * scale + shift;
            }
        }
    }
}

#[inline(always)]
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    fold(row, 0.0, |lanes, sum, number| if lanes { sum + number } else { sum + of(number) })
}

/// Folds in lanes, then the lanes; the step hears whether it is given a lane.
#[inline(always)]
fn fold(row: &[f32], start: f32, step: impl Fn(bool, f32, f32) -> f32) -> f32 {
    let (groups, rest) = row.as_chunks::<LANES>();
    let mut lanes = [start; LANES];
    for group in groups {
        for (lane, number) in lanes.iter_mut().zip(group) {
            *lane = step(false, *lane, *number);
        }
    }
    let rest = rest.iter().fold(start, |sum, number| step(false, sum, *number));
    lanes.iter().fold(rest, |sum, lane| step(true, sum, *lane))
}

/// e to the power of a number, to some units in the last place (Cephes' polynomial).
#[inline(always)]
fn exp(number: f32) -> f32 {
    /// Added and taken away again, it leaves the nearest whole number, which also shows in its lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let number = number.clamp(-87.0, 88.0);
    let shifted = number * LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = number - whole * LN_2_HIGH - whole * LN_2_LOW;
    let mut power = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        power = power * rest + coefficient;
    }
    let power = power * rest * rest + rest + 1.0;
    // The lowest bits of `shifted` are the whole number; as an exponent they are a power of two.
    let exponent = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    power * exponent
}

/// The error function, to some units in the last place: a quotient of two polynomials, ±1 beyond ±4.
#[inline(always)]
fn erf(number: f32) -> f32 {
    let number = number.clamp(-4.0, 4.0);
    let square = number * number;
    let mut above = -2.726_142_3e-10;
    for coefficient in
        [2.770_681_4e-8, -2.101_024e-6, -5.692_506_4e-5, -7.349_906_3e-4, -2.954_6e-3, -1.609_603_3e-2]
    {
        above = above * square + coefficient;
    }
    let mut below = -1.456_607_2e-5;
    for coefficient in [-2.133_740_5e-4, -1.682_827e-3, -7.373_329e-3, -1.426_474e-2] {
        below = below * square + coefficient;
    }
    number * above / below
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error function by its series, in double precision.
    fn erf_by_series(number: f64) -> f64 {
        let (mut term, mut sum) = (number, number);
        for n in 1..200 {
            let n = f64::from(n);
            term *= -number * number / n;
            sum += term / (2.0 * n + 1.0);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn erf_is_the_error_function() {
        for step in -450..=450 {
            let number = step as f32 / 100.0;
            let wanted = erf_by_series(f64::from(number));
            assert!((f64::from(erf(number)) - wanted).abs() < 5e-7, "erf({number}) = {}", erf(number));
        }
    }

    #[test]
    fn exp_is_the_exponential_function() {
        for step in -8600..=8700 {
            let number = step as f32 / 100.0;
            let wanted = f64::from(number).exp();
            assert!((f64::from(exp(number)) / wanted - 1.0).abs() < 3e-7, "exp({number}) = {}", exp(number));
        }
    }

    #[test]
    fn rows_of_any_length_become_weights() {
        for columns in [1, 2, 15, 16, 17, 100] {
            let mut matrix: Vec<f32> = (0..columns * 3).map(|index| (index * 7 % 31) as f32 - 15.0).collect();
            let plain = matrix.clone();
            softmax(&mut matrix, columns);
            for (row, plain) in matrix.chunks(columns).zip(plain.chunks(columns)) {
                let sum: f32 = plain.iter().map(|number| number.exp()).sum();
                for (weight, number) in row.iter().zip(plain) {
                    assert!((weight - number.exp() / sum).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn a_normalised_row_has_no_mean_and_a_variance_of_one() {
        let mut row: Vec<f32> = (0..37).map(|index| (index * index % 23) as f32).collect();
        normalise(&mut row, &[1.0; 37], &[0.0; 37], 1e-12);
        let mean = row.iter().sum::<f32>() / 37.0;
        let variance = row.iter().map(|number| number * number).sum::<f32>() / 37.0;
        assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5, "{mean} {variance}");
    }
}
