//! The items that an answer is made of.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use inference::{BlockStart, Content, Message, Reasoning};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An item with what it holds so far.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Message { text: String },
    Reasoning { text: String, proof: Proof },
    FunctionCall { call_id: String, name: String, arguments: String },
}

/// How far an item is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status {
    InProgress,
    Completed,
}

/// What the provider wants back unchanged in the next turn, beside the thoughts that can be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Proof {
    pub(super) signature: Option<String>,
    pub(super) redacted: Vec<u8>,
}

/// The one opaque text that the API has for it.
#[derive(Debug, Serialize, Deserialize)]
struct Packed {
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redacted: Option<String>,
}

impl Item {
    /// The item that begins with a block, at this place among the answer's.
    pub(super) fn begun(seed: &str, place: usize, block: BlockStart) -> Self {
        let text = String::new();
        match block {
            BlockStart::Text => Self::new("msg", seed, place, Kind::Message { text }),
            BlockStart::Reasoning => {
                Self::new("rs", seed, place, Kind::Reasoning { text, proof: Proof::default() })
            }
            BlockStart::ToolUse { id, name } => {
                let kind = Kind::FunctionCall { call_id: id, name, arguments: text };
                Self::new("fc", seed, place, kind)
            }
        }
    }

    fn new(prefix: &str, seed: &str, place: usize, kind: Kind) -> Self {
        Self { id: format!("{prefix}_{seed}_{place}"), kind }
    }

    /// The item as answers show it.
    pub(super) fn value(&self, status: Status) -> Value {
        let id = &self.id;
        let (done, status) = match status {
            Status::InProgress => (false, "in_progress"),
            Status::Completed => (true, "completed"),
        };
        match &self.kind {
            Kind::Message { text } => {
                let content: Vec<_> = done.then(|| text_part(text)).into_iter().collect();
                json!({ "type": "message", "id": id, "status": status, "role": "assistant", "content": content })
            }
            Kind::Reasoning { text, proof } => {
                let has_text = done && !text.is_empty();
                let content: Vec<_> = has_text.then(|| reasoning_part(text)).into_iter().collect();
                let opaque = done.then(|| proof.pack(text)).flatten();
                json!({
                    "type": "reasoning", "id": id, "status": status, "summary": [],
                    "content": content, "encrypted_content": opaque,
                })
            }
            Kind::FunctionCall { call_id, name, arguments } => json!({
                "type": "function_call", "id": id, "status": status,
                "call_id": call_id, "name": name, "arguments": arguments,
            }),
        }
    }
}

/// The items of a whole answer.
pub(super) fn of_message(seed: &str, message: &Message) -> Vec<Item> {
    let kinds = message.content.iter().filter_map(|content| match content {
        Content::Text(text) => Some(("msg", Kind::Message { text: text.clone() })),
        Content::Reasoning(Reasoning::Text { text, signature }) => {
            let proof = Proof { signature: signature.clone(), ..Proof::default() };
            Some(("rs", Kind::Reasoning { text: text.clone(), proof }))
        }
        Content::Reasoning(Reasoning::Redacted(bytes)) => {
            let proof = Proof { redacted: bytes.to_vec(), ..Proof::default() };
            Some(("rs", Kind::Reasoning { text: String::new(), proof }))
        }
        Content::ToolUse(wish) => {
            let (call_id, name) = (wish.id.clone(), wish.name.clone());
            Some(("fc", Kind::FunctionCall { call_id, name, arguments: wish.input.to_string() }))
        }
        // Models answer in no other kinds.
        _ => None,
    });
    kinds.enumerate().map(|(place, (prefix, kind))| Item::new(prefix, seed, place, kind)).collect()
}

/// A part of a message.
pub(super) fn text_part(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] })
}

/// A part of what was thought.
pub(super) fn reasoning_part(text: &str) -> Value {
    json!({ "type": "reasoning_text", "text": text })
}

impl Proof {
    /// One opaque text; none where the thoughts are all there is.
    fn pack(&self, text: &str) -> Option<String> {
        let redacted = (!self.redacted.is_empty()).then(|| STANDARD.encode(&self.redacted));
        if self.signature.is_none() && redacted.is_none() {
            return None;
        }
        let text = self.signature.is_some().then(|| text.to_owned());
        let packed = Packed { signature: self.signature.clone(), text, redacted };
        serde_json::to_vec(&packed).ok().map(|bytes| STANDARD.encode(bytes))
    }
}

/// The thoughts in an opaque text of ours.
pub(super) fn unpack(opaque: &str) -> Option<Reasoning> {
    let Packed { signature, text, redacted } = serde_json::from_slice(&STANDARD.decode(opaque).ok()?).ok()?;
    match redacted {
        Some(redacted) => Some(Reasoning::Redacted(STANDARD.decode(redacted).ok()?.into())),
        None => Some(Reasoning::Text { text: text?, signature }),
    }
}
