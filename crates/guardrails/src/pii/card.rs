//! Payment cards.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// Thirteen to nineteen digits, alone or in groups, whose last one checks the others.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[0-9](?:[ -]?[0-9]){12,18}\b"));
    let candidates = DIGITS.find_iter(text);
    candidates.filter(|candidate| luhn(candidate.as_str())).map(|candidate| candidate.range()).collect()
}

fn luhn(text: &str) -> bool {
    let digits = text.chars().rev().filter_map(|letter| letter.to_digit(10));
    let sum: u32 = digits
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => digit,
            _ if digit < 5 => 2 * digit,
            _ => 2 * digit - 9,
        })
        .sum();
    sum.is_multiple_of(10)
}
