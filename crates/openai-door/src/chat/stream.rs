//! An answer chunk by chunk.

use inference::{BlockStart, Delta, Event, ModelError, Usage};
use serde::Serialize;
use serde_json::{Value, json};

use super::answer::no_answer;
use super::{finish_reason, id, usage};
use crate::Stamp;
use crate::refusal::Refusal;
use crate::sse::{Encode, Frames};

/// Writes chunks.
pub(super) struct Chunks {
    id: String,
    created: i64,
    model: String,
    with_usage: bool,
    /// Wishes for tools so far: a wish is known by its place among them.
    wishes: usize,
    usage: Usage,
}

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: &'a [Choice],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Value>,
}

#[derive(Serialize)]
struct Choice {
    index: u8,
    delta: Piece,
    logprobs: (),
    finish_reason: Option<&'static str>,
}

#[derive(Default, Serialize)]
struct Piece {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[Wish; 1]>,
}

#[derive(Serialize)]
struct Wish {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    function: Function,
}

#[derive(Serialize)]
struct Function {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    arguments: String,
}

impl Chunks {
    pub(super) fn new(stamp: &Stamp, model: String, with_usage: bool) -> Self {
        let (id, created) = (id(stamp), stamp.created);
        Self { id, created, model, with_usage, wishes: 0, usage: Usage::default() }
    }

    fn piece(&self, delta: Piece, out: &mut Frames) {
        self.choice(Choice { index: 0, delta, logprobs: (), finish_reason: None }, out);
    }

    fn choice(&self, choice: Choice, out: &mut Frames) {
        // Who asked for the usage finds the member in every chunk, without a value in all but the last.
        self.chunk(&[choice], self.with_usage.then_some(Value::Null), out);
    }

    fn chunk(&self, choices: &[Choice], usage: Option<Value>, out: &mut Frames) {
        let Self { id, created, model, .. } = self;
        out.data(&Chunk { id, object: "chat.completion.chunk", created: *created, model, choices, usage });
    }

    fn delta(&self, delta: Delta, out: &mut Frames) {
        let nothing = Piece::default();
        let piece = match delta {
            Delta::Text(text) => Piece { content: Some(text), ..nothing },
            Delta::Reasoning(text) => Piece { reasoning_content: Some(text), ..nothing },
            Delta::ToolInput(arguments) => {
                let function = Function { name: None, arguments };
                let wish = Wish { index: self.wishes.saturating_sub(1), id: None, kind: None, function };
                Piece { tool_calls: Some([wish]), ..nothing }
            }
            // This API has no place for them.
            Delta::ReasoningSignature(_) | Delta::ReasoningRedacted(_) => return,
        };
        self.piece(piece, out);
    }
}

impl Encode for Chunks {
    fn begin(&mut self, out: &mut Frames) {
        let (role, content) = (Some("assistant"), Some(String::new()));
        self.piece(Piece { role, content, ..Piece::default() }, out);
    }

    fn event(&mut self, event: Event, out: &mut Frames) -> Result<(), ModelError> {
        match event {
            Event::BlockStart { block: BlockStart::ToolUse { id, name }, .. } => {
                let function = Function { name: Some(name), arguments: String::new() };
                let wish = Wish { index: self.wishes, id: Some(id), kind: Some("function"), function };
                self.wishes += 1;
                self.piece(Piece { tool_calls: Some([wish]), ..Piece::default() }, out);
            }
            Event::Delta { delta, .. } => self.delta(delta, out),
            Event::Stop(stop) => {
                let finish_reason = Some(finish_reason(stop).ok_or_else(|| no_answer(stop))?);
                self.choice(Choice { index: 0, delta: Piece::default(), logprobs: (), finish_reason }, out);
            }
            Event::Usage(usage) => self.usage += usage,
            Event::Start | Event::BlockStart { .. } | Event::BlockStop { .. } => {}
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Frames) {
        if self.with_usage {
            self.chunk(&[], Some(usage(&self.usage)), out);
        }
        out.done();
    }

    fn fail(&mut self, error: &ModelError, out: &mut Frames) {
        out.data(&json!({ "error": Refusal::from(error).to_value() }));
    }
}
