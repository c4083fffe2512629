//! Addresses of the internet and of the web.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

pub(super) fn addresses(text: &str) -> Vec<Range<usize>> {
    static CANDIDATE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*|\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b")
    });
    let candidates = CANDIDATE.find_iter(text);
    candidates
        .filter_map(|candidate| {
            let address = candidate.as_str().trim_end_matches('.');
            let is_one = address.parse::<Ipv4Addr>().is_ok() || address.parse::<Ipv6Addr>().is_ok();
            // Two colons alone are an address, and much else besides.
            (is_one && address != "::").then(|| candidate.start()..candidate.start() + address.len())
        })
        .collect()
}

pub(super) fn urls(text: &str) -> Vec<Range<usize>> {
    static URL: LazyLock<Regex> =
        LazyLock::new(|| pattern(r#"\b(?:(?:https?|ftp)://|www\.)[^\s<>"'{}|\\^`]+"#));
    let found = URL.find_iter(text);
    found
        .map(|found| {
            let address = found.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']);
            found.start()..found.start() + address.len()
        })
        .collect()
}
