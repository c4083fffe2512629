//! Cohere's Command R.

use fault::Result;
use inference::{Answer, Delta, Event, Message, Request, Role, StopReason, Usage};
use restjson::Value;
use serde::Deserialize;
use serde_json::json;

use super::{About, Wanted, body};

#[derive(Deserialize)]
struct Body {
    message: String,
    #[serde(default)]
    chat_history: Vec<Turn>,
    preamble: Option<String>,
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    p: Option<f64>,
    k: Option<u32>,
    #[serde(default)]
    stop_sequences: Vec<String>,
    seed: Option<i64>,
    #[serde(default)]
    tools: Vec<Value>,
    #[serde(default)]
    tool_results: Vec<Value>,
    #[serde(default)]
    documents: Vec<Value>,
}

#[derive(Deserialize)]
struct Turn {
    role: String,
    #[serde(default)]
    message: String,
}

pub(super) fn read(given: Value, about: &About<'_>) -> Result<Wanted> {
    let given: Body = body::read(given)?;
    if !given.tools.is_empty() || !given.tool_results.is_empty() {
        return body::refuse("tools", "are not translated from this format: use Converse");
    }
    if !given.documents.is_empty() {
        return body::refuse("documents", "are not translated from this format: use Converse");
    }
    let mut messages = Vec::with_capacity(given.chat_history.len() + 1);
    let mut system: Vec<_> = given.preamble.into_iter().collect();
    for (index, Turn { role, message }) in given.chat_history.into_iter().enumerate() {
        match role.as_str() {
            "USER" => messages.push(Message::text(Role::User, message)),
            "CHATBOT" => messages.push(Message::text(Role::Assistant, message)),
            "SYSTEM" => system.push(message),
            _ => {
                let member = format!("chat_history[{index}].role");
                return body::refuse(&member, "must be USER, CHATBOT or SYSTEM");
            }
        }
    }
    messages.push(Message::text(Role::User, given.message));
    let mut sampling =
        body::sampling(given.max_tokens, given.temperature, given.p, given.k, given.stop_sequences);
    sampling.seed = given.seed;
    let request = Request { system, messages, sampling, ..Request::default() };
    Ok(Wanted::Answer(Box::new(request), Box::new(Writer { id: about.id.to_owned(), said: String::new() })))
}

struct Writer {
    id: String,
    /// What was said so far: the end of a stream repeats it.
    said: String,
}

impl Writer {
    fn response(&self, text: &str, stop: StopReason) -> Value {
        json!({
            "response_id": self.id,
            "generation_id": self.id,
            "text": text,
            "finish_reason": reason(stop),
        })
    }
}

impl super::Writer for Writer {
    fn whole(&mut self, answer: Answer) -> Result<Value> {
        Ok(self.response(&answer.message.plain_text(), answer.stop))
    }

    fn step(&mut self, event: Event) -> Vec<Value> {
        match event {
            Event::Start => {
                vec![json!({ "event_type": "stream-start", "generation_id": self.id, "is_finished": false })]
            }
            Event::Delta { delta: Delta::Text(text), .. } => {
                self.said.push_str(&text);
                vec![json!({ "event_type": "text-generation", "text": text, "is_finished": false })]
            }
            _ => Vec::new(),
        }
    }

    fn end(&mut self, stop: StopReason, _: Usage) -> Vec<Value> {
        let response = self.response(&self.said, stop);
        vec![json!({
            "event_type": "stream-end",
            "response": response,
            "finish_reason": reason(stop),
            "is_finished": true,
        })]
    }
}

fn reason(stop: StopReason) -> &'static str {
    match stop {
        StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => "MAX_TOKENS",
        StopReason::ContentFiltered | StopReason::GuardrailIntervened => "ERROR_TOXIC",
        _ => "COMPLETE",
    }
}
