//! What is searched together.

use std::fmt;

use inference::EmbedderId;

/// A collection's name: letters, digits, hyphens and underscores, so that it may name a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionName(String);

impl CollectionName {
    /// Parses a name of 1 to 200 letters, digits, hyphens and underscores.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        ((1..=200).contains(&text.len()) && text.bytes().all(fits)).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CollectionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is in a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionInfo {
    /// How many documents.
    pub documents: u64,
    /// How many of them have a vector.
    pub vectors: u64,
    /// Whose vectors they are, if there are any.
    pub embedder: Option<EmbedderId>,
    /// Bytes on the disk.
    pub bytes: u64,
}
