//! What documents can be.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Paragraphs between empty lines.
    Text,
    /// CommonMark, with tables.
    Markdown,
    /// A web page.
    Html,
    /// The portable document format.
    Pdf,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Text, Self::Markdown, Self::Html, Self::Pdf];

    /// The format of a content type, whatever its parameters; `None` if it is none of ours.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        Some(match essence.as_str() {
            "text/plain" => Self::Text,
            "text/markdown" | "text/x-markdown" => Self::Markdown,
            "text/html" | "application/xhtml+xml" => Self::Html,
            "application/pdf" => Self::Pdf,
            _ => return None,
        })
    }

    /// The format that a file's name promises.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "txt" | "text" => Self::Text,
            "md" | "markdown" => Self::Markdown,
            "html" | "htm" | "xhtml" => Self::Html,
            "pdf" => Self::Pdf,
            _ => return None,
        })
    }

    /// Its content type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::Pdf => "application/pdf",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Pdf => "pdf",
        })
    }
}

/// A word names no format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be text, markdown, html or pdf")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.to_string() == word).ok_or(UnknownFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_words_and_names_lead_to_formats() {
        for format in Format::ALL {
            assert_eq!(Format::of_content_type(format.content_type()), Some(format));
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!(Format::of_content_type("Text/HTML; charset=utf-8"), Some(Format::Html));
        assert_eq!(Format::of_content_type("image/png"), None);
        assert_eq!(Format::of_name("guide.en.MD"), Some(Format::Markdown));
        assert_eq!(Format::of_name("pdf"), None);
    }
}
