//! A whole answer as a document.

use inference::{Answer, Content, ErrorKind, ModelError, Reasoning, StopReason};
use serde_json::{Value, json};

use super::{finish_reason, id, usage};
use crate::Stamp;
use crate::refusal::Refusal;

pub(super) fn document(stamp: &Stamp, model: &str, answer: &Answer) -> Result<Vec<u8>, Refusal> {
    let reason = finish_reason(answer.stop).ok_or_else(|| Refusal::from(&no_answer(answer.stop)))?;
    let document = json!({
        "id": id(stamp),
        "object": "chat.completion",
        "created": stamp.created,
        "model": model,
        "choices": [{
            "index": 0,
            "message": message(&answer.message.content),
            "logprobs": null,
            "finish_reason": reason,
        }],
        "usage": usage(&answer.usage),
    });
    Ok(document.to_string().into_bytes())
}

fn message(content: &[Content]) -> Value {
    let (mut said, mut thought, mut calls) = (String::new(), String::new(), Vec::new());
    for content in content {
        match content {
            Content::Text(text) => said.push_str(text),
            Content::Reasoning(Reasoning::Text { text, .. }) => thought.push_str(text),
            Content::ToolUse(wish) => calls.push(json!({
                "id": wish.id,
                "type": "function",
                "function": { "name": wish.name, "arguments": wish.input.to_string() },
            })),
            // Models answer in no other kinds, and redacted thoughts have no place here.
            _ => {}
        }
    }
    let said = (!said.is_empty() || calls.is_empty()).then_some(said);
    let mut message = json!({ "role": "assistant", "content": said, "refusal": null });
    if !thought.is_empty() {
        message["reasoning_content"] = thought.into();
    }
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    message
}

/// What an answer that is none is told as: nobody may act on it.
pub(crate) fn no_answer(stop: StopReason) -> ModelError {
    let message =
        format!("The model's answer ended as {}: it is not what its format asks for.", stop.as_str());
    ModelError::new(ErrorKind::Malformed, message)
}
