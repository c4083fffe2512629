//! One score from two.
//!
//! How often words are shared and how alike meanings are is told on scales of their own, so words count as a share
//! of what the best document gets by its words. Equal parts of both order the documents. The first of them then
//! scores what the better of the two ways says of its best document, the others in proportion: a score still tells
//! a good answer from the best of many bad ones.

/// How much meaning counts beside words. From 0.4 to 0.6 there is little difference.
const MEANING: f32 = 0.5;

/// How a document fits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Fit {
    /// By its words, as a share of what a perfect one would get,
    pub(crate) words: f32,
    /// and by its meaning, if that is known.
    pub(crate) meaning: Option<f32>,
}

/// Each document's score, in their order.
pub(crate) fn scores(fits: &[Fit]) -> Vec<f32> {
    let best = |of: fn(&Fit) -> f32| fits.iter().map(of).fold(0.0, f32::max);
    let (words, meaning) = (best(|fit| fit.words), best(|fit| fit.meaning.unwrap_or(0.0)));
    let mixed: Vec<f32> = fits.iter().map(|fit| mix(*fit, words)).collect();
    let most = mixed.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let scale = words.max(meaning) / most;
    mixed.into_iter().map(|mixed| (mixed * scale).min(1.0)).collect()
}

fn mix(fit: Fit, best_words: f32) -> f32 {
    let share = if best_words > 0.0 { fit.words / best_words } else { 0.0 };
    // Of a document whose meaning is not known yet, the words have to speak for it.
    MEANING * fit.meaning.unwrap_or(fit.words) + (1.0 - MEANING) * share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fits: &[(f32, Option<f32>)], expected: &[f32]) {
        let fits: Vec<_> =
            fits.iter().map(|(words, meaning)| Fit { words: *words, meaning: *meaning }).collect();
        let scores = scores(&fits);
        let close = scores.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-5);
        assert!(scores.len() == expected.len() && close, "{scores:?} for {fits:?}");
    }

    #[test]
    fn scores_order_and_tell() {
        check(&[], &[]);
        check(&[(0.0, Some(0.0)), (0.0, None)], &[0.0, 0.0]);
        // The very text, and one that has nothing to do with it.
        check(&[(1.0, Some(1.0)), (0.0, Some(0.1))], &[1.0, 0.05]);
        // Nobody shares a word: meaning alone.
        check(&[(0.0, Some(0.6)), (0.0, Some(0.3))], &[0.6, 0.3]);
        // The best of bad ones stays bad.
        check(&[(0.1, Some(0.15)), (0.0, Some(0.15))], &[0.15, 0.15 * 0.075 / 0.575]);
        // A document without a vector is not lost among those with one.
        check(&[(0.8, None), (0.0, Some(0.4))], &[0.8, 0.8 * 0.2 / 0.9]);
    }
}
