//! An entry's name as a path below the root, or a refusal.

use crate::error::printable;
use crate::{ArtifactError, Limits};

/// Linux's bound on one part of a path.
const LONGEST_PART: usize = 255;

/// A path below the root: parts without separators, never empty, `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    text: String,
    /// Whether it was written with a slash at its end, which is how zips mark directories.
    pub(crate) slash: bool,
}

impl Name {
    /// Reads a name as the archive spells it. `None` is the root itself (`./`), which some tools list.
    pub(crate) fn parse(raw: &[u8], limits: &Limits) -> Result<Option<Self>, ArtifactError> {
        let refuse = |why| Err(ArtifactError::Name { name: printable(raw), why });
        let Ok(text) = str::from_utf8(raw) else {
            return refuse("is not UTF-8; use a zip tool that writes UTF-8 names");
        };
        if text.is_empty() {
            return refuse("is empty");
        }
        if text.chars().any(char::is_control) {
            return refuse("holds a control character");
        }
        if text.contains('\\') {
            return refuse("holds a backslash; use a zip tool that writes forward slashes");
        }
        if text.starts_with('/') {
            return refuse("is an absolute path; names must start at the zip's own top");
        }
        if matches!(text.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic()) {
            return refuse("starts with a drive letter; names must start at the zip's own top");
        }
        let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") {
            return refuse("holds \"..\"; names must stay below the zip's own top");
        }
        if parts.iter().any(|part| part.len() > LONGEST_PART) {
            return refuse("has a part of more than 255 bytes");
        }
        if parts.len() > limits.depth {
            return refuse("is nested too deeply");
        }
        let slash = text.ends_with('/') || text.ends_with("/.") || text == ".";
        let text = parts.join("/");
        if text.len() > limits.path {
            return refuse("is too long");
        }
        Ok((!text.is_empty()).then_some(Self { text, slash }))
    }

    /// The whole path, parts joined by slashes.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The parts from the root on.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.text.split('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<Option<String>, String> {
        Name::parse(raw.as_bytes(), &Limits::default())
            .map(|name| name.map(|name| name.as_str().to_owned()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn usual_spellings_are_normalised() {
        for (raw, meant) in [
            ("main.py", "main.py"),
            ("./main.py", "main.py"),
            ("a//b/./c", "a/b/c"),
            ("a/", "a"),
            ("größe/日本.txt", "größe/日本.txt"),
            ("..a/b..", "..a/b.."),
            ("ab:c", "ab:c"),
        ] {
            assert_eq!(parse(raw), Ok(Some(meant.to_owned())), "{raw}");
        }
        assert_eq!(parse("./"), Ok(None));
    }

    #[test]
    fn hostile_spellings_are_refused_with_the_reason() {
        for (raw, reason) in [
            ("", "is empty"),
            ("/etc/passwd", "absolute"),
            ("../x", "\"..\""),
            ("a/../../x", "\"..\""),
            ("a/..", "\"..\""),
            ("C:/x", "drive letter"),
            ("c:x", "drive letter"),
            ("a\\..\\x", "backslash"),
            ("a\0b", "control"),
            ("a\nb", "control"),
        ] {
            let error = parse(raw).expect_err(raw);
            assert!(error.contains(reason), "{raw:?}: {error}");
            assert!(!error.contains(char::is_control), "{error:?}");
        }
    }

    #[test]
    fn length_and_depth_have_bounds() {
        assert!(parse(&"x".repeat(255)).is_ok());
        assert!(parse(&"x".repeat(256)).expect_err("too long a part").contains("255"));
        assert!(parse(&vec!["d"; 101].join("/")).expect_err("too deep").contains("deeply"));
        assert!(parse(&vec!["d".repeat(200); 6].join("/")).expect_err("too long").contains("too long"));
    }

    #[test]
    fn names_that_are_not_utf8_are_refused() {
        let error = Name::parse(b"caf\x82.py", &Limits::default()).expect_err("a code page's name");
        assert!(error.to_string().contains("UTF-8"));
    }
}
