//! The conversation as items.

use inference::{Content, Document, Image, Message, Reasoning, Role, ToolOutput, ToolResult, ToolUse};
use serde_json::{Value, json};

use super::PROOF;
use crate::openai_words::{data_url, failed, file_name, text_document};
use crate::proof;

/// The items of one turn, in its order.
pub(super) fn items(message: &Message) -> Vec<Value> {
    let mut items = Vec::new();
    let mut parts = Vec::new();
    for content in &message.content {
        let item = match content {
            Content::Text(text) if message.role == Role::Assistant => Some(said(text)),
            Content::Text(text) => {
                parts.push(text_part(text));
                continue;
            }
            Content::Image(image) => {
                parts.push(image_part(image));
                continue;
            }
            Content::Document(document) => {
                parts.push(document_part(document));
                continue;
            }
            Content::ToolUse(wish) => Some(call(wish)),
            Content::ToolResult(result) => Some(output(result)),
            Content::Reasoning(reasoning) => thoughts(reasoning),
            Content::CachePoint => None,
        };
        if item.is_some() {
            items.extend(turn_of(&mut parts));
        }
        items.extend(item);
    }
    items.extend(turn_of(&mut parts));
    items
}

/// The parts so far as a message of the user.
fn turn_of(parts: &mut Vec<Value>) -> Option<Value> {
    let parts = std::mem::take(parts);
    (!parts.is_empty()).then(|| json!({"role": "user", "content": parts}))
}

fn said(text: &str) -> Value {
    json!({"role": "assistant", "content": text})
}

fn call(wish: &ToolUse) -> Value {
    let arguments = if wish.input.is_null() { "{}".to_owned() } else { wish.input.to_string() };
    json!({"type": "function_call", "call_id": wish.id, "name": wish.name, "arguments": arguments})
}

fn output(result: &ToolResult) -> Value {
    let parts: Vec<Value> = result.content.iter().map(output_part).collect();
    let is_text = parts.iter().all(|part| part["type"] == "input_text");
    let output = if is_text {
        let texts: Vec<&str> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
        let text = texts.join("\n");
        Value::from(if result.failed { failed(&text) } else { text })
    } else {
        let said = result.failed.then(|| text_part(&failed("")));
        said.into_iter().chain(parts).collect()
    };
    json!({"type": "function_call_output", "call_id": result.id, "output": output})
}

fn output_part(output: &ToolOutput) -> Value {
    match output {
        ToolOutput::Text(text) => text_part(text),
        ToolOutput::Json(value) => text_part(&value.to_string()),
        ToolOutput::Image(image) => image_part(image),
        ToolOutput::Document(document) => document_part(document),
    }
}

/// Thoughts go back as they came, encrypted, or not at all: what is readable of them is only a summary.
fn thoughts(reasoning: &Reasoning) -> Option<Value> {
    let Reasoning::Text { text, signature: Some(signature) } = reasoning else { return None };
    let (id, encrypted) = proof::unmark(PROOF, signature)?.split_once(':')?;
    let summary = (!text.is_empty()).then(|| json!({"type": "summary_text", "text": text}));
    let summary: Vec<Value> = summary.into_iter().collect();
    Some(json!({"type": "reasoning", "id": id, "summary": summary, "encrypted_content": encrypted}))
}

fn text_part(text: &str) -> Value {
    json!({"type": "input_text", "text": text})
}

fn image_part(image: &Image) -> Value {
    let url = data_url(&image.media_type, &image.bytes);
    json!({"type": "input_image", "image_url": url, "detail": "auto"})
}

fn document_part(document: &Document) -> Value {
    if let Some(text) = text_document(document) {
        return text_part(&text);
    }
    let data = data_url(&document.media_type, &document.bytes);
    json!({"type": "input_file", "filename": file_name(document), "file_data": data})
}
