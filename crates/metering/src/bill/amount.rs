//! Amounts as they are shown: rounded once, so that what is shown adds up.

use std::fmt;

/// A number with six decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millionths(pub u128);

impl fmt::Display for Millionths {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        formatter.pad(&text)
    }
}

/// Rounds `parts`, each over `whole`, to whole numbers that add up to the rounded sum: first all downwards, then those
/// that lost most get one back.
pub(super) fn apportion(parts: &[u128], whole: u128) -> (Vec<Millionths>, Millionths) {
    let sum: u128 = parts.iter().sum();
    let total = (sum + whole / 2) / whole;
    let mut rounded: Vec<u128> = parts.iter().map(|part| part / whole).collect();
    let missing = total - rounded.iter().sum::<u128>();
    let mut by_loss: Vec<usize> = (0..parts.len()).collect();
    by_loss.sort_by_key(|&index| std::cmp::Reverse(parts[index] % whole));
    // Each part lost less than one, so fewer ones are missing than there are parts.
    for index in by_loss.into_iter().take(usize::try_from(missing).unwrap_or(usize::MAX)) {
        rounded[index] += 1;
    }
    (rounded.into_iter().map(Millionths).collect(), Millionths(total))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn six_places_are_shown() {
        assert_eq!(Millionths(1_000_042).to_string(), "1.000042");
        assert_eq!(format!("{:>10}", Millionths(5)), "  0.000005");
    }

    proptest! {
        #[test]
        fn parts_add_up_and_are_off_by_less_than_one(
            parts in proptest::collection::vec(0_u128..1_000_000, 0..40),
            whole in 1_u128..5_000,
        ) {
            let (rounded, total) = apportion(&parts, whole);
            prop_assert_eq!(rounded.iter().map(|part| part.0).sum::<u128>(), total.0);
            let sum: u128 = parts.iter().sum();
            prop_assert!((total.0 * whole).abs_diff(sum) * 2 <= whole);
            for (part, rounded) in parts.iter().zip(&rounded) {
                prop_assert!((rounded.0 * whole).abs_diff(*part) < whole);
            }
        }
    }
}
