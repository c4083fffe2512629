//! What a document can be filtered by, each as a term of 16 bytes: whatever texts it is made of, it takes the same
//! room, and none of their characters means anything to the engine.

use sha2::{Digest, Sha256};

pub(crate) enum Mark<'a> {
    /// Its id is this.
    Id(&'a str),
    /// It is in this place.
    At(&'a str),
    /// It is in this place or below.
    Below(&'a str),
    /// It has this field.
    Has(&'a str),
    /// This field is this text.
    Is(&'a str, &'a str),
    /// This field is these texts.
    Are(&'a str, &'a [String]),
    /// Among this field's texts is this one.
    Among(&'a str, &'a str),
}

impl Mark<'_> {
    pub(crate) fn digest(&self) -> [u8; 16] {
        match self {
            Self::Id(id) => digest(b'i', [*id]),
            Self::At(place) => digest(b'p', [*place]),
            Self::Below(place) => digest(b'b', [*place]),
            Self::Has(field) => digest(b'h', [*field]),
            Self::Is(field, text) => digest(b't', [*field, *text]),
            Self::Are(field, texts) => {
                digest(b'l', std::iter::once(*field).chain(texts.iter().map(String::as_str)))
            }
            Self::Among(field, text) => digest(b'a', [*field, *text]),
        }
    }
}

/// A field's name in letters and digits.
pub(crate) fn name_of(field: &str) -> String {
    digest(b'n', [field]).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Each text with its length before it, so that no two lists of texts are the same bytes.
fn digest<'a>(kind: u8, texts: impl IntoIterator<Item = &'a str>) -> [u8; 16] {
    let mut hash = Sha256::new_with_prefix([kind]);
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    *hash.finalize().first_chunk().expect("a digest is longer than a mark")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn different_marks_have_different_digests() {
        let lists = [&["ab".to_owned()][..], &["a".to_owned(), "b".to_owned()], &[]];
        let marks = [
            Mark::Id("a"),
            Mark::At("a"),
            Mark::Below("a"),
            Mark::Has("a"),
            Mark::Is("a", "bc"),
            Mark::Is("ab", "c"),
            Mark::Among("a", "bc"),
            Mark::Are("a", lists[0]),
            Mark::Are("a", lists[1]),
            Mark::Are("a", lists[2]),
        ];
        let digests: HashSet<_> = marks.iter().map(Mark::digest).collect();
        assert_eq!(digests.len(), marks.len());
        assert_eq!(name_of("a.b").len(), 32);
    }
}
