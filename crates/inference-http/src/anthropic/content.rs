//! The conversation in Anthropic's words.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use inference::{
    Content, Document, ErrorKind, Image, Message, ModelError, Reasoning, Role, ToolOutput, ToolResult,
};
use serde_json::{Map, Value, json};

use crate::proof;

/// The turns, without those that would be empty.
pub(super) fn messages(messages: &[Message]) -> Result<Vec<Value>, ModelError> {
    let mut turns: Vec<(Role, Vec<Value>)> = Vec::with_capacity(messages.len());
    for message in messages {
        turns.push((message.role, Vec::with_capacity(message.content.len())));
        for content in &message.content {
            if *content == Content::CachePoint {
                mark_for_cache(&mut turns);
            } else if let (Some(block), Some((_, blocks))) = (block(content)?, turns.last_mut()) {
                blocks.push(block);
            }
        }
    }
    turns.retain(|(_, blocks)| !blocks.is_empty());
    Ok(turns.into_iter().map(|(role, blocks)| json!({"role": role_name(role), "content": blocks})).collect())
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

/// Marks the last block so far that may be marked: Anthropic marks the end of what may be cached, not a place between
/// blocks, and never marks thoughts.
fn mark_for_cache(turns: &mut [(Role, Vec<Value>)]) {
    let mut blocks = turns.iter_mut().rev().flat_map(|(_, blocks)| blocks.iter_mut().rev());
    let thoughts = |block: &Value| matches!(block["type"].as_str(), Some("thinking" | "redacted_thinking"));
    if let Some(Value::Object(block)) = blocks.find(|block| !thoughts(block)) {
        block.insert("cache_control".to_owned(), json!({"type": "ephemeral"}));
    }
}

/// A block; none for what Anthropic refuses: texts of nothing but white space, and thoughts that it cannot recognise as its own.
fn block(content: &Content) -> Result<Option<Value>, ModelError> {
    Ok(match content {
        Content::Text(text) => text_block(text),
        Content::Image(image) => Some(image_block(image)),
        Content::Document(document) => Some(document_block(document)?),
        Content::ToolUse(wish) => {
            let input = if wish.input.is_null() { &Value::Object(Map::new()) } else { &wish.input };
            Some(json!({"type": "tool_use", "id": wish.id, "name": wish.name, "input": input}))
        }
        Content::ToolResult(result) => Some(tool_result(result)?),
        Content::Reasoning(reasoning) => thoughts(reasoning),
        Content::CachePoint => None,
    })
}

fn text_block(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!({"type": "text", "text": text}))
}

fn image_block(image: &Image) -> Value {
    let source =
        json!({"type": "base64", "media_type": image.media_type, "data": BASE64.encode(&image.bytes)});
    json!({"type": "image", "source": source})
}

fn document_block(document: &Document) -> Result<Value, ModelError> {
    let source = if document.media_type == "application/pdf" {
        json!({"type": "base64", "media_type": "application/pdf", "data": BASE64.encode(&document.bytes)})
    } else {
        let text = std::str::from_utf8(&document.bytes).map_err(|_| {
            let (name, kind) = (&document.name, &document.media_type);
            let message = format!(
                "the document {name} ({kind}) is neither PDF nor text, which is what Anthropic reads"
            );
            ModelError::new(ErrorKind::Invalid, message)
        })?;
        json!({"type": "text", "media_type": "text/plain", "data": text})
    };
    Ok(json!({"type": "document", "source": source, "title": document.name}))
}

fn tool_result(result: &ToolResult) -> Result<Value, ModelError> {
    let mut blocks = Vec::with_capacity(result.content.len());
    for output in &result.content {
        blocks.extend(match output {
            ToolOutput::Text(text) => text_block(text),
            ToolOutput::Json(value) => text_block(&value.to_string()),
            ToolOutput::Image(image) => Some(image_block(image)),
            ToolOutput::Document(document) => Some(document_block(document)?),
        });
    }
    let mut block = json!({"type": "tool_result", "tool_use_id": result.id});
    if !blocks.is_empty() {
        block["content"] = Value::Array(blocks);
    }
    if result.failed {
        block["is_error"] = Value::Bool(true);
    }
    Ok(block)
}

/// Thoughts go back with their proof or not at all: Anthropic refuses any others.
fn thoughts(reasoning: &Reasoning) -> Option<Value> {
    match reasoning {
        Reasoning::Text { text, signature: Some(signature) } if !proof::is_marked(signature) => {
            Some(json!({"type": "thinking", "thinking": text, "signature": signature}))
        }
        Reasoning::Text { .. } => None,
        // Anthropic's are text on its wire, and were kept as such.
        Reasoning::Redacted(bytes) => {
            let data = std::str::from_utf8(bytes).ok()?;
            Some(json!({"type": "redacted_thinking", "data": data}))
        }
    }
}
