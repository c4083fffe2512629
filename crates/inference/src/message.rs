//! What is said, by whom.

use bytes::Bytes;
use serde_json::Value;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The caller; also who brings the results of tools.
    User,
    /// The model.
    Assistant,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What, in order.
    pub content: Vec<Content>,
}

/// A piece of a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Text.
    Text(String),
    /// A picture.
    Image(Image),
    /// A document.
    Document(Document),
    /// The model asks for a tool.
    ToolUse(ToolUse),
    /// What a tool said.
    ToolResult(ToolResult),
    /// What the model thought before it spoke.
    Reasoning(Reasoning),
    /// Everything up to here may be cached by the provider.
    CachePoint,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its media type, such as `image/png`.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// What the conversation calls it.
    pub name: String,
    /// Its bytes; UTF-8 where the media type is a text's.
    pub bytes: Bytes,
}

/// A model's wish to use a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolUse {
    /// Which wish this is; the result names it.
    pub id: String,
    /// The tool.
    pub name: String,
    /// What it is to be called with: a JSON object, unless the model wrote none.
    pub input: Value,
}

/// What came of using a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult {
    /// The wish that this answers.
    pub id: String,
    /// What the tool said: text, JSON, pictures, documents.
    pub content: Vec<ToolOutput>,
    /// Whether the tool failed.
    pub failed: bool,
}

/// A piece of what a tool said.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolOutput {
    /// Text.
    Text(String),
    /// A JSON value.
    Json(Value),
    /// A picture.
    Image(Image),
    /// A document.
    Document(Document),
}

/// What a model thought before it spoke. Providers want it back unchanged in the next turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reasoning {
    /// Readable thoughts, with the provider's proof that they are its own.
    Text {
        /// The thoughts.
        text: String,
        /// The proof, if the provider gives one.
        signature: Option<String>,
    },
    /// Thoughts that only the provider can read.
    Redacted(Bytes),
}

impl Message {
    /// A turn of plain text.
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self { role, content: vec![Content::Text(text.into())] }
    }

    /// The turn's text without anything else, pieces joined as they are.
    pub fn plain_text(&self) -> String {
        let texts = self.content.iter().filter_map(|content| match content {
            Content::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}
