//! An answer step by step.
//!
//! ```text
//!  created, in_progress
//!    output_item.added
//!      content_part.added, output_text.delta …, output_text.done, content_part.done    a message
//!      content_part.added, reasoning_text.delta …, reasoning_text.done, content_part.done    thoughts
//!      function_call_arguments.delta …, function_call_arguments.done    a call
//!    output_item.done
//!  completed | incomplete | error, failed
//! ```

use inference::{BlockStart, Delta, Event, ModelError, Usage};
use serde_json::{Map, Value, json};

use super::item::{Item, Kind, Status, reasoning_part, text_part};
use super::object::{Ending, Object};
use crate::refusal::Refusal;
use crate::sse::{Encode, Frames};

/// Writes steps.
pub(super) struct Steps {
    object: Object,
    sequence: u64,
    open: Option<Item>,
    /// Items that are complete.
    output: Vec<Value>,
    ending: Option<Ending>,
    usage: Option<Usage>,
}

impl Steps {
    pub(super) fn new(object: Object) -> Self {
        Self { object, sequence: 0, open: None, output: Vec::new(), ending: None, usage: None }
    }

    /// Tells a step; its name and its number are added here.
    fn tell(&mut self, name: &str, step: Value, out: &mut Frames) {
        let mut members = Map::new();
        members.insert("type".to_owned(), name.into());
        members.insert("sequence_number".to_owned(), self.sequence.into());
        if let Value::Object(step) = step {
            members.extend(step);
        }
        self.sequence += 1;
        out.named(name, &members);
    }

    fn begin_item(&mut self, block: BlockStart, out: &mut Frames) {
        let place = self.output.len();
        let item = Item::begun(&self.object.seed, place, block);
        let added = json!({ "output_index": place, "item": item.value(Status::InProgress) });
        self.tell("response.output_item.added", added, out);
        if let Some(part) = item.part("") {
            self.tell("response.content_part.added", item.at(place, json!({ "part": part })), out);
        }
        self.open = Some(item);
    }

    fn grow(&mut self, delta: Delta, out: &mut Frames) {
        let Some(mut item) = self.open.take() else { return };
        if let Some((name, more)) = item.grow(delta) {
            let mut step = item.at(self.output.len(), json!({ "delta": more }));
            if matches!(item.kind, Kind::Message { .. }) {
                step["logprobs"] = json!([]);
            }
            self.tell(name, step, out);
        }
        self.open = Some(item);
    }

    fn end_item(&mut self, out: &mut Frames) {
        let Some(item) = self.open.take() else { return };
        let place = self.output.len();
        let (name, said) = match &item.kind {
            Kind::Message { text } => ("response.output_text.done", json!({ "text": text, "logprobs": [] })),
            Kind::Reasoning { text, .. } => ("response.reasoning_text.done", json!({ "text": text })),
            Kind::FunctionCall { arguments, name, .. } => {
                ("response.function_call_arguments.done", json!({ "arguments": arguments, "name": name }))
            }
        };
        self.tell(name, item.at(place, said), out);
        if let Some(part) = item.part(item.text()) {
            self.tell("response.content_part.done", item.at(place, json!({ "part": part })), out);
        }
        let value = item.value(Status::Completed);
        let done = json!({ "output_index": place, "item": value });
        self.tell("response.output_item.done", done, out);
        self.output.push(value);
    }

    fn finish(&mut self, ending: &Ending, out: &mut Frames) {
        let output = std::mem::take(&mut self.output);
        let response = self.object.ended(ending, output, self.usage.as_ref());
        self.tell(ending.event(), json!({ "response": response }), out);
    }
}

impl Encode for Steps {
    fn begin(&mut self, out: &mut Frames) {
        for name in ["response.created", "response.in_progress"] {
            let response = self.object.in_progress();
            self.tell(name, json!({ "response": response }), out);
        }
    }

    fn event(&mut self, event: Event, out: &mut Frames) -> Result<(), ModelError> {
        match event {
            Event::Start => {}
            Event::BlockStart { block, .. } => self.begin_item(block, out),
            Event::Delta { delta, .. } => self.grow(delta, out),
            Event::BlockStop { .. } => self.end_item(out),
            Event::Stop(stop) => self.ending = Some(Ending::of(stop)?),
            Event::Usage(usage) => *self.usage.get_or_insert_default() += usage,
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Frames) {
        let ending = self.ending.take().unwrap_or(Ending::Completed);
        self.finish(&ending, out);
    }

    fn fail(&mut self, error: &ModelError, out: &mut Frames) {
        let refusal = Refusal::from(error);
        let told = json!({ "code": refusal.code(), "message": refusal.message(), "param": null });
        self.tell("error", told, out);
        // What has begun has an end, too; without a beginning there is nothing to end.
        if self.sequence > 1 {
            self.finish(&Ending::failed(&refusal), out);
        }
    }
}

impl Item {
    /// A step's members with the place that it is about.
    fn at(&self, place: usize, step: Value) -> Value {
        let mut members = json!({ "item_id": self.id, "output_index": place });
        if !matches!(self.kind, Kind::FunctionCall { .. }) {
            members["content_index"] = 0.into();
        }
        if let (Value::Object(members), Value::Object(step)) = (&mut members, step) {
            members.extend(step);
        }
        members
    }

    /// The part that a text of this item is; calls have none.
    fn part(&self, text: &str) -> Option<Value> {
        match self.kind {
            Kind::Message { .. } => Some(text_part(text)),
            Kind::Reasoning { .. } => Some(reasoning_part(text)),
            Kind::FunctionCall { .. } => None,
        }
    }

    fn text(&self) -> &str {
        match &self.kind {
            Kind::Message { text } | Kind::Reasoning { text, .. } => text,
            Kind::FunctionCall { arguments, .. } => arguments,
        }
    }

    /// Takes more; returns the name of the step that tells it, and what it tells, if it is told.
    fn grow(&mut self, delta: Delta) -> Option<(&'static str, String)> {
        match (&mut self.kind, delta) {
            (Kind::Message { text }, Delta::Text(more)) => {
                text.push_str(&more);
                Some(("response.output_text.delta", more))
            }
            (Kind::FunctionCall { arguments, .. }, Delta::ToolInput(more)) => {
                arguments.push_str(&more);
                Some(("response.function_call_arguments.delta", more))
            }
            (Kind::Reasoning { text, .. }, Delta::Reasoning(more)) => {
                text.push_str(&more);
                Some(("response.reasoning_text.delta", more))
            }
            (Kind::Reasoning { proof, .. }, Delta::ReasoningSignature(more)) => {
                proof.signature.get_or_insert_default().push_str(&more);
                None
            }
            (Kind::Reasoning { proof, .. }, Delta::ReasoningRedacted(more)) => {
                proof.redacted.extend_from_slice(&more);
                None
            }
            // Out of place; it does not come here.
            _ => None,
        }
    }
}
