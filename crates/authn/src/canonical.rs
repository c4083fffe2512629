//! The canonical request: what both sides hash, whatever the transport did to the spelling.

mod headers;
mod path;
mod query;

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use crate::amz_date::AmzDate;
use crate::key::sha256;

pub(crate) use headers::write as write_headers;
pub(crate) use path::{encoded_key, encoded_twice, normalized};
pub(crate) use query::{Spelling, canonical as canonical_query};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(crate) const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Everything except RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the key signs: the algorithm, when, in which scope, and the hash of the canonical request.
pub(crate) fn string_to_sign(date: AmzDate, scope: &str, canonical: &[u8]) -> String {
    format!("{ALGORITHM}\n{date}\n{scope}\n{}", hex::encode(sha256(canonical)))
}

/// One part of a path or query in its only right encoding; the text stays as it is if it has that already.
pub(crate) fn component(text: &str) -> Cow<'_, str> {
    if is_canonical(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let decoded: Cow<'_, [u8]> = percent_decode_str(text).into();
    Cow::Owned(percent_encode(&decoded, RESERVED).to_string())
}

fn is_canonical(mut text: &[u8]) -> bool {
    loop {
        match text {
            [] => return true,
            [b'%', high, low, rest @ ..] => {
                let pair = [*high, *low];
                let mut byte = [0];
                let upper = pair.iter().all(|digit| !digit.is_ascii_lowercase());
                if !upper || hex::decode_to_slice(pair, &mut byte).is_err() || is_unreserved(byte[0]) {
                    return false;
                }
                text = rest;
            }
            [byte, rest @ ..] if is_unreserved(*byte) => text = rest,
            _ => return false,
        }
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_has_one_spelling() {
        let spellings = [
            ("a-b_c.d~e", "a-b_c.d~e"),
            ("%3A", "%3A"),
            ("%3a", "%3A"),
            (":", "%3A"),
            ("%41", "A"),
            ("a b", "a%20b"),
            ("a+b", "a%2Bb"),
            ("100%", "100%25"),
            ("%zz", "%25zz"),
            ("ሴ", "%E1%88%B4"),
        ];
        for (text, expected) in spellings {
            assert_eq!(component(text), expected, "{text}");
        }
    }
}
