//! Where a document is: a path such as `/users/7/preferences`, whose steps are texts and nothing more.

/// The place without slashes at its end, which change nothing.
pub fn trimmed(place: &str) -> &str {
    place.trim_end_matches('/')
}

/// The place itself and everything that it is below, trimmed: `/a/b` is `/a/b`, and below `/a` and the root, which
/// is empty. Every place is below the root.
pub fn with_ancestors(place: &str) -> impl Iterator<Item = &str> {
    let place = trimmed(place);
    let above = place.rmatch_indices('/').map(|(at, _)| trimmed(&place[..at]));
    let root = (!place.is_empty() && !place.starts_with('/')).then_some("");
    std::iter::once(place).chain(above).chain(root)
}

/// Whether a place is another one or below it.
pub fn is_within(place: &str, other: &str) -> bool {
    let below = trimmed(place).strip_prefix(trimmed(other));
    trimmed(other).is_empty() || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ancestors_are_whole_steps() {
        let all = |place| with_ancestors(place).collect::<Vec<_>>();
        assert_eq!(all("/a/bc/d/"), ["/a/bc/d", "/a/bc", "/a", ""]);
        assert_eq!(all("a/b"), ["a/b", "a", ""]);
        assert_eq!(all("a"), ["a", ""]);
        assert_eq!(all("/"), [""]);
        assert_eq!(all(""), [""]);
    }

    #[test]
    fn a_place_is_within_exactly_its_ancestors() {
        let places =
            ["", "/", "/a", "/a/", "/ab", "/a/b", "/a//b", "/a/b/c", "a", "a/b", "/*", "/*/b", "/ä/b"];
        for place in places {
            for other in places {
                let listed = with_ancestors(place).any(|above| above == trimmed(other));
                assert_eq!(is_within(place, other), listed, "{place:?} within {other:?}");
            }
        }
        assert!(is_within("/a/b", "/a/"));
        assert!(!is_within("/ab", "/a"));
        assert!(!is_within("/a/b", "/*"));
    }
}
