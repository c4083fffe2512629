//! The conversation in the words of chat completions.

use inference::{Content, Document, Image, Message, Role, ToolOutput, ToolResult};
use serde_json::{Value, json};

use crate::openai_words::{data_url, failed, file_name, text_document};

/// The messages of one turn: more than one where a turn brings results of tools, none where nothing of it can be said.
pub(super) fn turn(message: &Message) -> Vec<Value> {
    match message.role {
        Role::User => user(&message.content),
        Role::Assistant => assistant(&message.content).into_iter().collect(),
    }
}

/// Results of tools come first, directly after the wishes that they answer: the format wants it so.
fn user(contents: &[Content]) -> Vec<Value> {
    let (mut messages, mut parts) = (Vec::new(), Vec::new());
    for content in contents {
        match content {
            Content::Text(text) => parts.push(text_part(text)),
            Content::Image(image) => parts.push(image_part(image)),
            Content::Document(document) => parts.push(document_part(document)),
            Content::ToolResult(result) => {
                messages.push(tool_message(result));
                parts.extend(attachments(result));
            }
            Content::ToolUse(_) | Content::Reasoning(_) | Content::CachePoint => {}
        }
    }
    if let [only] = parts.as_mut_slice()
        && only["type"] == "text"
    {
        // Plain text as such: there are servers that know no parts.
        messages.push(json!({"role": "user", "content": only["text"].take()}));
    } else if !parts.is_empty() {
        messages.push(json!({"role": "user", "content": parts}));
    }
    messages
}

fn assistant(contents: &[Content]) -> Option<Value> {
    let (mut said, mut calls) = (String::new(), Vec::new());
    for content in contents {
        match content {
            Content::Text(text) => said.push_str(text),
            Content::ToolUse(wish) => {
                let arguments = if wish.input.is_null() { "{}".to_owned() } else { wish.input.to_string() };
                let function = json!({"name": wish.name, "arguments": arguments});
                calls.push(json!({"id": wish.id, "type": "function", "function": function}));
            }
            _ => {}
        }
    }
    if said.is_empty() && calls.is_empty() {
        return None;
    }
    let said = if said.is_empty() { Value::Null } else { said.into() };
    let mut message = json!({"role": "assistant", "content": said});
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    Some(message)
}

fn tool_message(result: &ToolResult) -> Value {
    let texts = result.content.iter().filter_map(|output| match output {
        ToolOutput::Text(text) => Some(text.clone()),
        ToolOutput::Json(value) => Some(value.to_string()),
        ToolOutput::Image(_) | ToolOutput::Document(_) => None,
    });
    let text = texts.collect::<Vec<_>>().join("\n");
    let text = if result.failed { failed(&text) } else { text };
    json!({"role": "tool", "tool_call_id": result.id, "content": text})
}

/// What a tool showed rather than said, with the name of the wish: a tool's message can only hold text.
fn attachments(result: &ToolResult) -> Vec<Value> {
    let shown = result.content.iter().filter_map(|output| match output {
        ToolOutput::Image(image) => Some(image_part(image)),
        ToolOutput::Document(document) => Some(document_part(document)),
        ToolOutput::Text(_) | ToolOutput::Json(_) => None,
    });
    let mut parts: Vec<Value> = shown.collect();
    if !parts.is_empty() {
        parts.insert(0, text_part(&format!("From the tool call {}:", result.id)));
    }
    parts
}

fn text_part(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn image_part(image: &Image) -> Value {
    json!({"type": "image_url", "image_url": {"url": data_url(&image.media_type, &image.bytes)}})
}

fn document_part(document: &Document) -> Value {
    if let Some(text) = text_document(document) {
        return text_part(&text);
    }
    let data = data_url(&document.media_type, &document.bytes);
    json!({"type": "file", "file": {"filename": file_name(document), "file_data": data}})
}
