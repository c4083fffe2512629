//! The path of the canonical request.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, utf8_percent_encode};

use super::{RESERVED, component};

const RESERVED_BUT_SLASH: &AsciiSet = &RESERVED.remove(b'/');

/// The path as most services sign it: what came over the wire, encoded once more (`%3A` becomes `%253A`).
pub(crate) fn encoded_twice(path: &str) -> String {
    if path.is_empty() { "/".to_owned() } else { utf8_percent_encode(path, RESERVED_BUT_SLASH).to_string() }
}

/// The path as S3 signs it: each segment of the key in its one encoding, nothing removed.
pub(crate) fn encoded_key(path: &str) -> Cow<'_, str> {
    if path.is_empty() {
        return Cow::Borrowed("/");
    }
    if path.split('/').all(|segment| matches!(component(segment), Cow::Borrowed(_))) {
        return Cow::Borrowed(path);
    }
    let segments: Vec<_> = path.split('/').map(component).collect();
    Cow::Owned(segments.join("/"))
}

/// The path without dot segments and doubled slashes, as AWS wants it; `None` if it has none of them.
pub(crate) fn normalized(path: &str) -> Option<String> {
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if path.starts_with('/') && path != "//" && (inner.is_empty() || inner.split('/').all(is_plain)) {
        return None;
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            plain => kept.push(plain),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    Some(format!("/{}{end}", kept.join("/")))
}

fn is_plain(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_normal_is_normalized() {
        for path in ["/", "/a", "/a/", "/a/b", "/a/%2E%2E/b", "/runtimes/"] {
            assert_eq!(normalized(path), None, "{path}");
        }
        let cases = [
            ("", "/"),
            ("//", "/"),
            ("/./", "/"),
            ("/a/..", "/"),
            ("/a/../", "/"),
            ("/./example", "/example"),
            ("//example//", "/example/"),
            ("/a/b/../../../c", "/c"),
            ("a/b", "/a/b"),
        ];
        for (path, expected) in cases {
            assert_eq!(normalized(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn arns_are_encoded_twice_and_keys_once() {
        assert_eq!(encoded_twice("/runtimes/arn%3Aaws%2Fx/"), "/runtimes/arn%253Aaws%252Fx/");
        assert_eq!(encoded_key("/bucket/a%2Fb//c/../d!"), "/bucket/a%2Fb//c/../d%21");
    }
}
