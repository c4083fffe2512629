//! OpenAI's chat completions, as its open models take them.

use fault::{Fault, Result};
use inference::{Answer, BlockStart, Delta, Event, StopReason, Usage};
use openai_door::{Call, Stamp};
use restjson::Value;
use serde_json::json;

use super::{About, Wanted};

pub(super) fn read(mut body: Value, about: &About<'_>) -> Result<Wanted> {
    let Value::Object(members) = &mut body else {
        return Err(Fault::field("body", "must be an object"));
    };
    members.insert("model".to_owned(), about.model.into());
    // Whether it streams, the operation says.
    members.remove("stream");
    members.remove("stream_options");
    let (request, _, whole) =
        Call::chat(body.to_string().as_bytes()).map_err(|refusal| refused(&refusal))?.split();
    let stamp = Stamp { id: about.id.replace('-', ""), created: about.created };
    let writer = Writer { whole: Some(whole), stamp, model: about.model.to_owned(), wishes: 0 };
    Ok(Wanted::Answer(Box::new(request), Box::new(writer)))
}

fn refused(refusal: &openai_door::Refusal) -> Fault {
    Fault::field("body", refusal.message())
}

/// Writes chunks, and has whole answers written where OpenAI's API is spoken.
pub(super) struct Writer {
    whole: Option<openai_door::Writer>,
    stamp: Stamp,
    model: String,
    wishes: usize,
}

impl Writer {
    fn chunk(&self, delta: &Value, reason: Option<&str>) -> Value {
        json!({
            "id": format!("chatcmpl-{}", self.stamp.id),
            "object": "chat.completion.chunk",
            "created": self.stamp.created,
            "model": self.model,
            "choices": [{ "index": 0, "delta": delta, "finish_reason": reason }],
        })
    }

    fn wish(&self, id: Option<&str>, name: Option<&str>, arguments: &str) -> Value {
        let mut wish =
            json!({ "index": self.wishes.saturating_sub(1), "function": { "arguments": arguments } });
        if let (Some(id), Some(name)) = (id, name) {
            wish["id"] = id.into();
            wish["type"] = "function".into();
            wish["function"]["name"] = name.into();
        }
        self.chunk(&json!({ "tool_calls": [wish] }), None)
    }
}

impl super::Writer for Writer {
    fn whole(&mut self, answer: Answer) -> Result<Value> {
        let whole = self.whole.take().ok_or_else(|| Fault::internal("an answer was written twice"))?;
        let document = whole.document(&self.stamp, &answer).map_err(|refusal| refused(&refusal))?;
        serde_json::from_slice(&document).map_err(Fault::internal)
    }

    fn step(&mut self, event: Event) -> Vec<Value> {
        match event {
            Event::Start => vec![self.chunk(&json!({ "role": "assistant", "content": "" }), None)],
            Event::BlockStart { block: BlockStart::ToolUse { id, name }, .. } => {
                self.wishes += 1;
                vec![self.wish(Some(&id), Some(&name), "")]
            }
            Event::Delta { delta, .. } => match delta {
                Delta::Text(text) => vec![self.chunk(&json!({ "content": text }), None)],
                Delta::Reasoning(text) => vec![self.chunk(&json!({ "reasoning": text }), None)],
                Delta::ToolInput(text) => vec![self.wish(None, None, &text)],
                Delta::ReasoningSignature(_) | Delta::ReasoningRedacted(_) => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn end(&mut self, stop: StopReason, usage: Usage) -> Vec<Value> {
        let mut chunk = self.chunk(&json!({}), Some(finish_reason(stop)));
        let read = usage.total() - usage.output_tokens;
        chunk["usage"] = json!({
            "prompt_tokens": read,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.total(),
        });
        vec![chunk]
    }
}

fn finish_reason(stop: StopReason) -> &'static str {
    match stop {
        StopReason::ToolUse => "tool_calls",
        StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => "length",
        StopReason::ContentFiltered | StopReason::GuardrailIntervened => "content_filter",
        _ => "stop",
    }
}
