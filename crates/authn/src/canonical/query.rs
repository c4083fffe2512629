//! The query of the canonical request.

use std::borrow::Cow;

use super::component;

/// Which spelling of names and values the signer may have used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Decoded and encoded again: what the specification asks for.
    Canonical,
    /// As it came over the wire: what several signers do.
    AsSent,
}

/// The parameters in order, those that `skip` names left out.
pub(crate) fn canonical(query: &str, spelling: Spelling, skip: &[&str]) -> String {
    let spell = |text| match spelling {
        Spelling::Canonical => once_encoded(text),
        Spelling::AsSent => Cow::Borrowed(text),
    };
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| !skip.contains(name))
        .map(|(name, value)| (spell(name), spell(value)))
        .collect();
    pairs.sort_unstable();
    let mut text = String::with_capacity(query.len() + 8);
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&name);
        text.push('=');
        text.push_str(&value);
    }
    text
}

/// A plus means a space to some readers and a plus to others. It stays a plus, different from `%2B` and `%20`,
/// so that nobody can put one meaning in the other's place under the same signature.
fn once_encoded(text: &str) -> Cow<'_, str> {
    if !text.contains('+') {
        return component(text);
    }
    let parts: Vec<_> = text.split('+').map(component).collect();
    Cow::Owned(parts.join("+"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_ordered_after_encoding() {
        let cases = [
            ("", ""),
            ("&&", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1&a", "a=&a=1&a=2"),
            ("qualifier=a:b", "qualifier=a%3Ab"),
            ("a=b=c", "a=b%3Dc"),
            ("a=b+:&a=b%2B%3A", "a=b%2B%3A&a=b+%3A"),
        ];
        for (query, expected) in cases {
            assert_eq!(canonical(query, Spelling::Canonical, &[]), expected, "{query}");
        }
        assert_eq!(canonical("b=:&a=1&X-Amz-Signature=0", Spelling::AsSent, &["X-Amz-Signature"]), "a=1&b=:");
    }
}
