//! Numbers that only their form tells.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// Nine to fifteen digits, with a country's plus or in groups: a bare row of digits may be anything.
pub(super) fn phones(text: &str) -> Vec<Range<usize>> {
    static CANDIDATE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?:\+|\()?\b[0-9]{1,4}\)?(?:[ .-]?\(?[0-9]{1,8}\)?){1,6}\b"));
    let candidates = CANDIDATE.find_iter(text);
    candidates
        .filter(|candidate| {
            let number = candidate.as_str();
            let digits = number.bytes().filter(u8::is_ascii_digit).count();
            let grouped = number.starts_with(['+', '(']) || number.contains([' ', '.', '-']);
            let dotted = number.parse::<std::net::Ipv4Addr>().is_ok();
            (9..=15).contains(&digits) && grouped && !dotted && social_security(number).is_empty()
        })
        .map(|candidate| candidate.range())
        .collect()
}

/// Three, two and four digits, none of which may be zeros, and a first part that was ever given out.
pub(super) fn social_security(text: &str) -> Vec<Range<usize>> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b([0-9]{3})-([0-9]{2})-([0-9]{4})\b"));
    let candidates = NUMBER.captures_iter(text);
    candidates
        .filter_map(|candidate| {
            let (whole, [area, group, serial]) = candidate.extract();
            let given_out = area != "000" && area != "666" && !area.starts_with('9');
            let start = whole.as_ptr().addr() - text.as_ptr().addr();
            (given_out && group != "00" && serial != "0000").then(|| start..start + whole.len())
        })
        .collect()
}
