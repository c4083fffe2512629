//! A document, and what it may be called.

use std::fmt;

use documents::Format;
use ids::Namespace;
use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::Digest;

use crate::model::RecordMetadata;

/// The most characters of a name: as many as a text of metadata may have, for that is where it is told.
const LONGEST: usize = 256;

/// What a document is called: any text of 1 to 256 characters without control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentName(String);

/// A text cannot be a document's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {LONGEST} characters without control characters")]
pub struct NameError;

impl DocumentName {
    /// Parses a name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let fits = (1..=LONGEST).contains(&text.chars().count()) && !text.contains(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(NameError) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocumentName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for DocumentName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<DocumentName> for String {
    fn from(name: DocumentName) -> Self {
        name.0
    }
}

/// A document of a memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Its name, unique in the memory.
    pub name: DocumentName,
    /// What it is written in.
    pub format: Format,
    /// The blob with its content.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// Where its pieces belong.
    pub namespace: Option<Namespace>,
    /// What its pieces can be filtered by.
    pub metadata: RecordMetadata,
    /// How many pieces it was cut into.
    pub pieces: u32,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was replaced last.
    pub updated_at: Timestamp,
}
