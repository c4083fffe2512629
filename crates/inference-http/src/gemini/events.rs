//! Gemini's pieces of an answer, understood.

use inference::{BlockStart, ErrorKind, ModelError, StopReason, Usage};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::PROVIDER;
use crate::client::reported;
use crate::decode::Decoder;
use crate::proof;
use crate::sse;
use crate::writer::Writer;

/// Understands the pieces of an answer. Gemini has no word for the end: an answer is complete when its reason to
/// stop was named and nothing follows.
#[derive(Debug)]
pub struct EventReader {
    /// What the ids begin with that we make up for calls to which Gemini gives none.
    id_prefix: String,
    calls: usize,
    stop: Option<StopReason>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece {
    #[serde(default)]
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Feedback>,
    usage_metadata: Option<Counts>,
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Content>,
    finish_reason: Option<String>,
    #[serde(default)]
    index: u64,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    text: Option<String>,
    #[serde(default)]
    thought: bool,
    thought_signature: Option<String>,
    function_call: Option<Call>,
}

#[derive(Deserialize)]
struct Call {
    id: Option<String>,
    name: String,
    args: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

/// Counts so far, not since the last piece.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Counts {
    prompt_token_count: u64,
    tool_use_prompt_token_count: u64,
    cached_content_token_count: u64,
    candidates_token_count: u64,
    thoughts_token_count: u64,
}

impl EventReader {
    /// A reader of an answer that has not begun; the prefix has to differ from answer to answer.
    pub fn new(id_prefix: impl Into<String>) -> Self {
        Self { id_prefix: id_prefix.into(), calls: 0, stop: None, usage: None }
    }

    fn part(&mut self, part: Part, out: &mut Writer) {
        let proof = part.thought_signature.filter(|proof| !proof.is_empty());
        if let Some(call) = part.function_call {
            prove(proof, out);
            self.call(call, out);
            return;
        }
        let text = part.text.unwrap_or_default();
        if part.thought {
            out.reasoning(text);
        } else {
            out.text(text);
            if proof.is_some() {
                out.end_block();
            }
        }
        prove(proof, out);
    }

    fn call(&mut self, call: Call, out: &mut Writer) {
        self.calls += 1;
        let given = call.id.filter(|id| !id.is_empty());
        let id = given.unwrap_or_else(|| format!("{}-{}", self.id_prefix, self.calls));
        out.begin(BlockStart::ToolUse { id, name: call.name });
        let input = Value::Object(call.args.unwrap_or_default()).to_string();
        // The tool's block has just begun, so it takes the input.
        let _ = out.tool_input(input);
        out.end_block();
    }

    fn finish_reason(&mut self, word: &str) -> Result<(), ModelError> {
        self.stop = Some(match word {
            "STOP" if self.calls > 0 => StopReason::ToolUse,
            "MAX_TOKENS" | "CONTINUATION" => StopReason::MaxTokens,
            "SAFETY"
            | "RECITATION"
            | "LANGUAGE"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "OTHER"
            | "IMAGE_SAFETY"
            | "IMAGE_PROHIBITED_CONTENT"
            | "IMAGE_RECITATION"
            | "IMAGE_OTHER"
            | "ESCALATION"
            | "PUP_LIMITED_DISABLED"
            | "MODEL_ARMOR" => StopReason::ContentFiltered,
            "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "TOO_MANY_TOOL_CALLS" => {
                StopReason::MalformedToolUse
            }
            "MALFORMED_RESPONSE" | "NO_IMAGE" => StopReason::MalformedModelOutput,
            "MISSING_THOUGHT_SIGNATURE" => {
                let message =
                    "it misses the proof of its own thoughts in the conversation (MISSING_THOUGHT_SIGNATURE)";
                return Err(ModelError::new(ErrorKind::Invalid, message));
            }
            // `STOP`, and what is yet to come.
            _ => StopReason::EndTurn,
        });
        Ok(())
    }
}

impl Decoder for EventReader {
    type Frame = sse::Event;

    fn frame(&mut self, frame: sse::Event, out: &mut Writer) -> Result<(), ModelError> {
        let piece: Piece = serde_json::from_str(&frame.data).map_err(|error| {
            ModelError::new(ErrorKind::Malformed, "it sent no JSON of its own").because(error)
        })?;
        if let Some(error) = piece.error {
            return Err(reported(&error));
        }
        out.start();
        if let Some(counts) = piece.usage_metadata {
            self.usage = Some(counts.into());
        }
        // A question that is refused has no candidate for an answer.
        if piece.prompt_feedback.is_some_and(|feedback| feedback.block_reason.is_some()) {
            self.stop = Some(StopReason::ContentFiltered);
        }
        for candidate in piece.candidates.into_iter().filter(|candidate| candidate.index == 0) {
            for part in candidate.content.into_iter().flat_map(|content| content.parts) {
                self.part(part, out);
            }
            if let Some(word) = candidate.finish_reason {
                self.finish_reason(&word)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Writer) -> Result<(), ModelError> {
        if let Some(stop) = self.stop {
            out.stop(stop);
            self.usage.into_iter().for_each(|usage| out.usage(usage));
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// The proof of the open thoughts, or of none: then it is a block without thoughts. Nothing may be added to a block
/// that is proven.
fn prove(proof: Option<String>, out: &mut Writer) {
    if let Some(proof) = proof {
        out.signature(proof::mark(PROVIDER, &proof));
        out.end_block();
    }
}

impl From<Counts> for Usage {
    fn from(counts: Counts) -> Self {
        let cached = counts.cached_content_token_count;
        let read = counts.prompt_token_count.saturating_add(counts.tool_use_prompt_token_count);
        Self {
            // Gemini counts what it read from its cache as read, too.
            input_tokens: read.saturating_sub(cached),
            output_tokens: counts.candidates_token_count.saturating_add(counts.thoughts_token_count),
            cache_read_tokens: cached,
            cache_write_tokens: 0,
        }
    }
}
