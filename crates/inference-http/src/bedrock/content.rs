//! The conversation in Converse's words.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use inference::{
    Content, Document, ErrorKind, Image, Message, ModelError, Reasoning, Role, ToolOutput, ToolResult,
};
use serde_json::{Map, Value, json};

use super::format;
use crate::proof;

/// The turns, without those that would be empty.
pub(super) fn messages(messages: &[Message]) -> Result<Vec<Value>, ModelError> {
    let mut turns = Vec::with_capacity(messages.len());
    for message in messages {
        let mut blocks = Vec::with_capacity(message.content.len());
        for content in &message.content {
            blocks.extend(block(content)?);
        }
        if !blocks.is_empty() {
            turns.push(json!({"role": role_name(message.role), "content": blocks}));
        }
    }
    Ok(turns)
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

/// A block; none for what Bedrock refuses: blank texts, and thoughts that the model cannot recognise as its own.
fn block(content: &Content) -> Result<Option<Value>, ModelError> {
    Ok(match content {
        Content::Text(text) => (!text.trim().is_empty()).then(|| json!({"text": text})),
        Content::Image(image) => Some(json!({"image": image_block(image)?})),
        Content::Document(document) => Some(json!({"document": document_block(document)?})),
        Content::ToolUse(wish) => {
            let input = if wish.input.is_null() { &Value::Object(Map::new()) } else { &wish.input };
            Some(json!({"toolUse": {"toolUseId": wish.id, "name": wish.name, "input": input}}))
        }
        Content::ToolResult(result) => Some(json!({"toolResult": tool_result(result)?})),
        Content::Reasoning(reasoning) => thoughts(reasoning),
        Content::CachePoint => Some(json!({"cachePoint": {"type": "default"}})),
    })
}

fn image_block(image: &Image) -> Result<Value, ModelError> {
    let format = format::image(&image.media_type).ok_or_else(|| {
        let message =
            format!("Bedrock reads no images of type {}, only PNG, JPEG, GIF and WebP", image.media_type);
        ModelError::new(ErrorKind::Invalid, message)
    })?;
    Ok(json!({"format": format, "source": {"bytes": BASE64.encode(&image.bytes)}}))
}

fn document_block(document: &Document) -> Result<Value, ModelError> {
    let known = format::document(&document.media_type);
    let format = known.or_else(|| std::str::from_utf8(&document.bytes).is_ok().then_some("txt"));
    let format = format.ok_or_else(|| {
        let (name, kind) = (&document.name, &document.media_type);
        ModelError::new(
            ErrorKind::Invalid,
            format!("the document {name} is of a type that Bedrock does not read: {kind}"),
        )
    })?;
    let name = format::document_name(&document.name);
    Ok(json!({"format": format, "name": name, "source": {"bytes": BASE64.encode(&document.bytes)}}))
}

fn tool_result(result: &ToolResult) -> Result<Value, ModelError> {
    let mut content = Vec::with_capacity(result.content.len());
    for output in &result.content {
        content.push(match output {
            ToolOutput::Text(text) => json!({"text": text}),
            // Nothing but objects passes for JSON there.
            ToolOutput::Json(value) if value.is_object() => json!({"json": value}),
            ToolOutput::Json(value) => json!({"text": value.to_string()}),
            ToolOutput::Image(image) => json!({"image": image_block(image)?}),
            ToolOutput::Document(document) => json!({"document": document_block(document)?}),
        });
    }
    let mut block = json!({"toolUseId": result.id, "content": content});
    if result.failed {
        block["status"] = "error".into();
    }
    Ok(block)
}

/// Thoughts go back with their proof or not at all: some models refuse any others, and none misses them.
fn thoughts(reasoning: &Reasoning) -> Option<Value> {
    let content = match reasoning {
        Reasoning::Text { text, signature: Some(signature) } if !proof::is_marked(signature) => {
            json!({"reasoningText": {"text": text, "signature": signature}})
        }
        Reasoning::Text { .. } => return None,
        Reasoning::Redacted(bytes) => json!({"redactedContent": BASE64.encode(bytes)}),
    };
    Some(json!({"reasoningContent": content}))
}
