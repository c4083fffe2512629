//! Bedrock's names for the formats of pictures and documents.

/// The format of pictures of this media type.
pub(super) fn image(media_type: &str) -> Option<&'static str> {
    Some(match media_type {
        "image/png" => "png",
        "image/jpeg" | "image/jpg" => "jpeg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        _ => return None,
    })
}

/// The format of documents of this media type.
pub(super) fn document(media_type: &str) -> Option<&'static str> {
    Some(match media_type {
        "application/pdf" => "pdf",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "text/csv" => "csv",
        "text/html" => "html",
        "text/markdown" => "md",
        "text/plain" => "txt",
        _ => return None,
    })
}

/// A document's name as Bedrock accepts it: letters, digits, hyphens, brackets, and single spaces.
pub(super) fn document_name(name: &str) -> String {
    let plain = |letter: char| match letter {
        letter if letter.is_ascii_alphanumeric() || "-()[]".contains(letter) => letter,
        letter if letter.is_whitespace() => ' ',
        _ => '-',
    };
    let name: String = name.chars().map(plain).collect();
    let words: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "document".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_documents_are_made_acceptable() {
        for (name, expected) in [
            ("report", "report"),
            ("Q3  report (final).pdf", "Q3 report (final)-pdf"),
            ("Größe\n", "Gr--e"),
            (" ", "document"),
            ("", "document"),
        ] {
            assert_eq!(document_name(name), expected, "{name:?}");
        }
    }
}
