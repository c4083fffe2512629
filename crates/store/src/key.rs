//! Where a row lives.

use std::fmt;
use std::ops::Bound;

/// A kind of row, such as `agent-runtimes`. Spaces are constants in the code of the service that owns them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Space(&'static str);

impl Space {
    /// Names a space. Lower-case letters, digits and hyphens.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// A row's key within its space: segments from the general to the particular, such as account, runtime, version.
///
/// Segments are joined by `\u{0}`, so that all keys below a prefix of segments lie together, and none of another
/// prefix between them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

const SEPARATOR: char = '\u{0}';

impl Key {
    /// Joins segments into a key. A NUL inside a segment, which no valid name holds, becomes U+FFFD.
    pub fn of<S: AsRef<str>>(segments: impl IntoIterator<Item = S>) -> Self {
        let mut text = String::new();
        for (index, segment) in segments.into_iter().enumerate() {
            if index > 0 {
                text.push(SEPARATOR);
            }
            text.extend(segment.as_ref().chars().map(|c| if c == SEPARATOR { '\u{FFFD}' } else { c }));
        }
        Self(text)
    }

    /// The key as an engine stores it.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text an engine stores.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments again.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split(SEPARATOR)
    }

    /// The last segment.
    pub fn last(&self) -> &str {
        self.segments().next_back().unwrap_or("")
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.replace(SEPARATOR, "/"))
    }
}

/// A run of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// Where it begins.
    pub from: Bound<Key>,
    /// Where it ends.
    pub to: Bound<Key>,
}

impl KeyRange {
    /// Every key of the space.
    pub fn all() -> Self {
        Self { from: Bound::Unbounded, to: Bound::Unbounded }
    }

    /// Every key below these segments (not the key of exactly these segments). No segments: every key.
    pub fn below<S: AsRef<str>>(segments: impl IntoIterator<Item = S>) -> Self {
        let prefix = Key::of(segments).0;
        if prefix.is_empty() {
            return Self::all();
        }
        // U+0001 is the first character after the separator, so this excludes exactly what is not below.
        Self {
            from: Bound::Included(Key(format!("{prefix}{SEPARATOR}"))),
            to: Bound::Excluded(Key(format!("{prefix}\u{1}"))),
        }
    }

    /// The same run, but only what comes after `key`: how a listing goes on.
    #[must_use]
    pub fn after(mut self, key: Key) -> Self {
        self.from = Bound::Excluded(key);
        self
    }

    /// Whether `key` lies in the run.
    pub fn contains(&self, key: &Key) -> bool {
        let begun = match &self.from {
            Bound::Included(from) => key >= from,
            Bound::Excluded(from) => key > from,
            Bound::Unbounded => true,
        };
        let ended = match &self.to {
            Bound::Included(to) => key > to,
            Bound::Excluded(to) => key >= to,
            Bound::Unbounded => false,
        };
        begun && !ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_takes_children_and_no_neighbours() {
        let range = KeyRange::below(["a", "b"]);
        assert!(range.contains(&Key::of(["a", "b", "c"])));
        assert!(range.contains(&Key::of(["a", "b", "c", "d"])));
        for other in [&["a", "b"][..], &["a", "bc"], &["a", "b!", "c"], &["a"], &["b", "a"]] {
            assert!(!range.contains(&Key::of(other)), "{other:?}");
        }
    }

    #[test]
    fn a_nul_in_a_segment_cannot_forge_another_key() {
        assert_ne!(Key::of(["a\u{0}b"]), Key::of(["a", "b"]));
    }
}
