//! What a turn holds.

use fault::{Fault, Result};
use inference::{Content, Document, Image, Reasoning, ToolOutput, ToolResult, ToolUse};
use restjson::Value;
use serde::Deserialize;

use crate::family::body;

/// A text, or blocks.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Said {
    Text(String),
    Blocks(Vec<Value>),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    Image {
        source: Source,
    },
    Document {
        source: Source,
        title: Option<String>,
    },
    ToolUse {
        id: String,
        name: String,
        input: Value,
    },
    ToolResult {
        tool_use_id: String,
        content: Option<Said>,
        #[serde(default)]
        is_error: bool,
    },
    Thinking {
        thinking: String,
        signature: Option<String>,
    },
    RedactedThinking {
        data: String,
    },
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Source {
    Base64 { media_type: String, data: String },
    Text { media_type: String, data: String },
}

impl Said {
    /// The content, with a cache point after each block that asks for one.
    pub(super) fn read(self, path: &str) -> Result<Vec<Content>> {
        let blocks = match self {
            Self::Text(text) => return Ok(vec![Content::Text(text)]),
            Self::Blocks(blocks) => blocks,
        };
        let mut content = Vec::with_capacity(blocks.len());
        for (index, value) in blocks.into_iter().enumerate() {
            let cached = value.get("cache_control").is_some_and(|control| !control.is_null());
            content.push(read(value, &format!("{path}[{index}]"))?);
            if cached {
                content.push(Content::CachePoint);
            }
        }
        Ok(content)
    }
}

fn read(value: Value, path: &str) -> Result<Content> {
    let block: Block = serde_json::from_value(value)
        .map_err(|error| Fault::field(format!("body.{path}"), format!("cannot be served: {error}")))?;
    Ok(match block {
        Block::Text { text } => Content::Text(text),
        Block::Image { source } => {
            let (media_type, bytes) = source.read(path)?;
            Content::Image(Image { media_type, bytes })
        }
        Block::Document { source, title } => {
            let (media_type, bytes) = source.read(path)?;
            Content::Document(Document {
                media_type,
                name: title.unwrap_or_else(|| "document".to_owned()),
                bytes,
            })
        }
        Block::ToolUse { id, name, input } => Content::ToolUse(ToolUse { id, name, input }),
        Block::ToolResult { tool_use_id, content, is_error } => {
            let content = content.map(|said| said.read(&format!("{path}.content"))).transpose()?;
            let pieces = content.unwrap_or_default().into_iter().map(|piece| output(piece, path));
            Content::ToolResult(ToolResult {
                id: tool_use_id,
                content: pieces.filter_map(Result::transpose).collect::<Result<_>>()?,
                failed: is_error,
            })
        }
        Block::Thinking { thinking, signature } => {
            Content::Reasoning(Reasoning::Text { text: thinking, signature })
        }
        Block::RedactedThinking { data } => Content::Reasoning(Reasoning::Redacted(data.into())),
    })
}

fn output(piece: Content, path: &str) -> Result<Option<ToolOutput>> {
    Ok(Some(match piece {
        Content::Text(text) => ToolOutput::Text(text),
        Content::Image(image) => ToolOutput::Image(image),
        Content::Document(document) => ToolOutput::Document(document),
        Content::CachePoint => return Ok(None),
        _ => return body::refuse(path, "a tool says text, pictures and documents only"),
    }))
}

impl Source {
    fn read(self, path: &str) -> Result<(String, bytes::Bytes)> {
        Ok(match self {
            Self::Base64 { media_type, data } => {
                let bytes = body::bytes(&format!("{path}.source.data"), &data)?;
                (media_type, bytes)
            }
            Self::Text { media_type, data } => (media_type, data.into()),
        })
    }
}
