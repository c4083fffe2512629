//! From bytes to pieces.

use crate::cut::cut;
use crate::passages::Passages;
use crate::{Format, Limits, Piece, ReadError, html, markdown, pdf, text};

/// Reads a document, and cuts it into pieces.
///
/// A hostile PDF may make this take long, take much memory, or end the process: stacks overflow where a form draws
/// itself. Call it where that does no harm.
pub fn read(format: Format, bytes: &[u8], limits: &Limits) -> Result<Vec<Piece>, ReadError> {
    if bytes.len() > limits.bytes {
        return Err(ReadError::TooLarge { most: limits.bytes });
    }
    let mut passages = Passages::new(limits.text);
    match format {
        Format::Text => text::read(utf8(bytes)?, &mut passages),
        Format::Markdown => markdown::read(utf8(bytes)?, &mut passages),
        Format::Html => html::read(utf8(bytes)?, &mut passages),
        Format::Pdf => pdf::read(bytes, limits, &mut passages)?,
    }
    let pieces = cut(&passages.finish()?);
    match pieces.len() {
        0 => Err(ReadError::Empty),
        count if count > limits.pieces => Err(ReadError::TooManyPieces { most: limits.pieces }),
        _ => Ok(pieces),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| ReadError::NotUtf8 { at: error.valid_up_to() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_document_is_refused_by_name() {
        let limits = Limits { bytes: 100, text: 50, ..Limits::default() };
        let refusal = |bytes: &[u8]| read(Format::Text, bytes, &limits).unwrap_err();
        assert_eq!(refusal(&[b'a'; 101]), ReadError::TooLarge { most: 100 });
        assert_eq!(refusal(&[b'a'; 60]), ReadError::TooLong { most: 50 });
        assert_eq!(refusal(b"abc\xFFd"), ReadError::NotUtf8 { at: 3 });
        assert_eq!(refusal(b" \n\n\t "), ReadError::Empty);
        let few = Limits { pieces: 1, ..Limits::default() };
        let two = "word ".repeat(400);
        let error = read(Format::Text, two.as_bytes(), &few).unwrap_err();
        assert_eq!(error, ReadError::TooManyPieces { most: 1 });
    }

    #[test]
    fn depth_costs_no_more_than_length() {
        let deep = "<div><b><ul><li>".repeat(100_000) + "the bottom";
        let pieces = read(Format::Html, deep.as_bytes(), &Limits::default()).unwrap();
        assert!(pieces.iter().any(|piece| piece.text.contains("the bottom")));
        for open in ["> ", "* ", "[", "![", "`", "**_", "<", "|"] {
            let deep = open.repeat(50_000) + " the bottom";
            let read = read(Format::Markdown, deep.as_bytes(), &Limits::default());
            assert!(matches!(read, Ok(_) | Err(ReadError::Empty)), "{open}: {read:?}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for format in Format::ALL {
                if let Ok(pieces) = read(format, &bytes, &Limits::default()) {
                    prop_assert!(pieces.iter().all(|piece| !piece.text.trim().is_empty()));
                }
            }
        }

        #[test]
        fn any_text_is_read(text in "[a-z#*<>/ \\n\\[\\]`|-]{0,400}") {
            for format in [Format::Markdown, Format::Html] {
                match read(format, text.as_bytes(), &Limits::default()) {
                    Ok(_) | Err(ReadError::Empty) => {}
                    Err(error) => prop_assert!(false, "{}", error),
                }
            }
        }
    }
}
