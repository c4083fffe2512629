//! Answers as Anthropic writes them.

use fault::Result;
use inference::{Answer, BlockStart, Content, Delta, Event, Reasoning, StopReason, Usage};
use restjson::Value;
use serde_json::{Map, json};

use crate::family::{self, About};

pub(super) struct Writer {
    id: String,
    model: String,
    /// Whether thoughts have begun of which it is not known yet who can read them.
    thinking: bool,
}

impl Writer {
    pub(super) fn new(about: &About<'_>) -> Self {
        let model = about.model.to_owned();
        Self { id: format!("msg_{}", about.id.replace('-', "")), model, thinking: false }
    }

    fn message(&self, content: &[Value], stop: Option<StopReason>, usage: Usage) -> Value {
        json!({
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": stop.map(reason),
            "stop_sequence": null,
            "usage": counted(usage),
        })
    }

    fn delta(&mut self, index: usize, delta: Delta) -> Vec<Value> {
        let mut chunks = Vec::with_capacity(2);
        if std::mem::take(&mut self.thinking) {
            let block = match &delta {
                Delta::ReasoningRedacted(bytes) => redacted(bytes),
                _ => json!({ "type": "thinking", "thinking": "", "signature": "" }),
            };
            chunks.push(begins(index, &block));
        }
        let delta = match delta {
            Delta::Text(text) => json!({ "type": "text_delta", "text": text }),
            Delta::ToolInput(text) => json!({ "type": "input_json_delta", "partial_json": text }),
            Delta::Reasoning(text) => json!({ "type": "thinking_delta", "thinking": text }),
            Delta::ReasoningSignature(text) => json!({ "type": "signature_delta", "signature": text }),
            // Said as the block began.
            Delta::ReasoningRedacted(_) => return chunks,
        };
        chunks.push(json!({ "type": "content_block_delta", "index": index, "delta": delta }));
        chunks
    }
}

impl family::Writer for Writer {
    fn whole(&mut self, answer: Answer) -> Result<Value> {
        let content: Vec<_> = answer.message.content.into_iter().filter_map(block).collect();
        Ok(self.message(&content, Some(answer.stop), answer.usage))
    }

    fn step(&mut self, event: Event) -> Vec<Value> {
        match event {
            Event::Start => {
                let message = self.message(&[], None, Usage::default());
                vec![json!({ "type": "message_start", "message": message })]
            }
            Event::BlockStart { index, block: BlockStart::Text } => {
                vec![begins(index, &json!({ "type": "text", "text": "" }))]
            }
            Event::BlockStart { index, block: BlockStart::ToolUse { id, name } } => {
                vec![begins(index, &tool_use(&id, &name, &Value::Object(Map::new())))]
            }
            Event::BlockStart { block: BlockStart::Reasoning, .. } => {
                self.thinking = true;
                Vec::new()
            }
            Event::Delta { index, delta } => self.delta(index, delta),
            Event::BlockStop { index } => {
                let mut chunks = Vec::with_capacity(2);
                if std::mem::take(&mut self.thinking) {
                    chunks
                        .push(begins(index, &json!({ "type": "thinking", "thinking": "", "signature": "" })));
                }
                chunks.push(json!({ "type": "content_block_stop", "index": index }));
                chunks
            }
            Event::Stop(_) | Event::Usage(_) => Vec::new(),
        }
    }

    fn end(&mut self, stop: StopReason, usage: Usage) -> Vec<Value> {
        let delta = json!({ "stop_reason": reason(stop), "stop_sequence": null });
        vec![
            json!({ "type": "message_delta", "delta": delta, "usage": counted(usage) }),
            json!({ "type": "message_stop" }),
        ]
    }
}

fn begins(index: usize, block: &Value) -> Value {
    json!({ "type": "content_block_start", "index": index, "content_block": block })
}

fn tool_use(id: &str, name: &str, input: &Value) -> Value {
    json!({ "type": "tool_use", "id": id, "name": name, "input": input })
}

fn redacted(bytes: &[u8]) -> Value {
    json!({ "type": "redacted_thinking", "data": String::from_utf8_lossy(bytes) })
}

fn block(content: Content) -> Option<Value> {
    Some(match content {
        Content::Text(text) => json!({ "type": "text", "text": text }),
        Content::ToolUse(wish) => tool_use(&wish.id, &wish.name, &wish.input),
        Content::Reasoning(Reasoning::Text { text, signature }) => {
            json!({ "type": "thinking", "thinking": text, "signature": signature.unwrap_or_default() })
        }
        Content::Reasoning(Reasoning::Redacted(bytes)) => redacted(&bytes),
        // Only callers say these.
        Content::Image(_) | Content::Document(_) | Content::ToolResult(_) | Content::CachePoint => {
            return None;
        }
    })
}

fn counted(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "output_tokens": usage.output_tokens,
    })
}

fn reason(stop: StopReason) -> &'static str {
    match stop {
        StopReason::ContentFiltered | StopReason::GuardrailIntervened => "refusal",
        // There is no word for what is malformed: the answer is there, and it ends.
        StopReason::MalformedModelOutput | StopReason::MalformedToolUse => "end_turn",
        other => other.as_str(),
    }
}
