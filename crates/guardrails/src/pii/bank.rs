//! Bank accounts.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// The fewest letters and digits of a number.
const SHORTEST: usize = 15;

/// A country, two check digits and the account, alone or in groups of four. What follows in capitals may look like a
/// part of it, so the longest beginning that checks is taken.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}\b"));
    let candidates = NUMBER.find_iter(text);
    candidates
        .filter_map(|candidate| {
            let length = longest_valid(candidate.as_str())?;
            Some(candidate.start()..candidate.start() + length)
        })
        .collect()
}

fn longest_valid(text: &str) -> Option<usize> {
    let ends = (0..=text.len()).rev().filter(|end| *end == text.len() || text.as_bytes()[*end] == b' ');
    let mut whole = ends.filter(|end| letters(&text[..*end]).count() >= SHORTEST);
    whole.find(|end| checks(&text[..*end]))
}

fn letters(text: &str) -> impl Iterator<Item = char> + Clone + '_ {
    text.chars().filter(|letter| *letter != ' ')
}

/// Country and check digits put last, letters as numbers from 10: what is left after division by 97 is 1.
fn checks(text: &str) -> bool {
    let turned = letters(text).skip(4).chain(letters(text).take(4));
    let rest = turned.fold(0, |rest, letter| {
        let value = letter.to_digit(36).unwrap_or_default();
        (rest * if value < 10 { 10 } else { 100 } + value) % 97
    });
    rest == 1
}
