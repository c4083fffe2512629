//! The conversation in Gemini's words.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use inference::{
    Content, Document, ErrorKind, Message, ModelError, Reasoning, Role, ToolOutput, ToolResult, ToolUse,
};
use serde_json::{Map, Value, json};

use super::PROVIDER;
use crate::proof;

/// What Gemini accepts in place of its own proof for calls that another model made, or whose proof got lost on the
/// way through a client that does not know of proofs.
const NO_PROOF: &str = "skip_thought_signature_validator";

/// Which models are asked: those before the third generation know less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generation {
    /// The first two.
    Earlier,
    /// All from the third on, which refuse calls without proof.
    Current,
}

/// Whose turn it is. Results of calls have one of their own: Gemini counts that there are as many parts as calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Model,
    Results,
    User,
}

/// The turns, neighbours of the same kind as one.
pub(super) fn contents(messages: &[Message], generation: Generation) -> Result<Vec<Value>, ModelError> {
    let names = names_of_calls(messages);
    let mut turns: Vec<(Turn, Vec<Value>)> = Vec::with_capacity(messages.len());
    for message in messages {
        let parts = parts(message, &names, generation)?;
        let (results, others) = parts.into_iter().partition(|part| part.get("functionResponse").is_some());
        let turn = if message.role == Role::Assistant { Turn::Model } else { Turn::User };
        add(&mut turns, Turn::Results, results);
        add(&mut turns, turn, others);
    }
    let role = |turn| if turn == Turn::Model { "model" } else { "user" };
    Ok(turns.into_iter().map(|(turn, parts)| json!({"role": role(turn), "parts": parts})).collect())
}

/// Adds parts to the turn that they belong to: results to the others since the model spoke, all else to the end.
fn add(turns: &mut Vec<(Turn, Vec<Value>)>, turn: Turn, parts: Vec<Value>) {
    if parts.is_empty() {
        return;
    }
    let passes = |earlier: Turn| earlier == turn || (turn == Turn::Results && earlier == Turn::User);
    let mut open = turns.iter_mut().rev().take_while(|(earlier, _)| passes(*earlier));
    match open.find(|(earlier, _)| *earlier == turn) {
        Some((_, earlier)) => earlier.extend(parts),
        None => turns.push((turn, parts)),
    }
}

/// The name of the tool behind each call: results name the call, Gemini wants the tool.
fn names_of_calls(messages: &[Message]) -> HashMap<&str, &str> {
    let contents = messages.iter().flat_map(|message| &message.content);
    let calls = contents.filter_map(|content| match content {
        Content::ToolUse(call) => Some((call.id.as_str(), call.name.as_str())),
        _ => None,
    });
    calls.collect()
}

fn parts(
    message: &Message,
    names: &HashMap<&str, &str>,
    generation: Generation,
) -> Result<Vec<Value>, ModelError> {
    let mut parts = Vec::with_capacity(message.content.len());
    let mut proof = None;
    // Only the first call of a turn is proven.
    let mut unproven = generation == Generation::Current;
    for content in &message.content {
        if let Content::ToolUse(call) = content {
            let substitute = unproven.then_some(NO_PROOF);
            parts.push(function_call(call, proof.take().or(substitute)));
            unproven = false;
            continue;
        }
        parts.extend(proof.take().map(lone_proof));
        match content {
            Content::Text(text) if text.is_empty() => {}
            Content::Text(text) => parts.push(json!({"text": text})),
            Content::Image(image) => parts.push(inline(&image.media_type, &image.bytes)),
            Content::Document(document) => parts.push(document_part(document)),
            Content::ToolResult(result) => parts.extend(function_response(result, names, generation)?),
            Content::Reasoning(reasoning) => proof = own_proof(reasoning),
            // Gemini caches by itself, and a call is dealt with above.
            Content::CachePoint | Content::ToolUse(_) => {}
        }
    }
    parts.extend(proof.map(lone_proof));
    Ok(parts)
}

/// The proof that came with thoughts of Gemini's. The thoughts themselves are summaries for people, and stay here.
fn own_proof(reasoning: &Reasoning) -> Option<&str> {
    match reasoning {
        Reasoning::Text { signature: Some(signature), .. } => proof::unmark(PROVIDER, signature),
        Reasoning::Text { .. } | Reasoning::Redacted(_) => None,
    }
}

/// A proof that belongs to no call: it came behind a text, and goes back there.
fn lone_proof(proof: &str) -> Value {
    json!({"text": "", "thoughtSignature": proof})
}

fn inline(media_type: &str, bytes: &[u8]) -> Value {
    json!({"inlineData": {"mimeType": media_type, "data": BASE64.encode(bytes)}})
}

/// Of texts Gemini knows a few kinds only, but all of them are plain.
fn document_part(document: &Document) -> Value {
    let is_text = document.media_type != "application/pdf" && std::str::from_utf8(&document.bytes).is_ok();
    inline(if is_text { "text/plain" } else { &document.media_type }, &document.bytes)
}

fn function_call(call: &ToolUse, proof: Option<&str>) -> Value {
    let args = if call.input.is_null() { &Value::Object(Map::new()) } else { &call.input };
    let mut part = json!({"functionCall": {"id": call.id, "name": call.name, "args": args}});
    if let Some(proof) = proof {
        part["thoughtSignature"] = proof.into();
    }
    part
}

/// What a tool said. Earlier models take what is not text beside a result, not within.
fn function_response(
    result: &ToolResult,
    names: &HashMap<&str, &str>,
    generation: Generation,
) -> Result<Vec<Value>, ModelError> {
    let name = names.get(result.id.as_str()).ok_or_else(|| {
        let message = format!("the result {} answers no call of the conversation", result.id);
        ModelError::new(ErrorKind::Invalid, message)
    })?;
    let (mut said, mut parts) = (Vec::new(), Vec::new());
    for output in &result.content {
        match output {
            ToolOutput::Text(text) => said.push(Value::from(text.as_str())),
            ToolOutput::Json(value) => said.push(value.clone()),
            ToolOutput::Image(image) => parts.push(inline(&image.media_type, &image.bytes)),
            ToolOutput::Document(document) => parts.push(document_part(document)),
        }
    }
    let said = match said.len() {
        0 => Value::from(""),
        1 => said.swap_remove(0),
        _ => Value::Array(said),
    };
    let outcome = if result.failed { "error" } else { "output" };
    let mut response = json!({"id": result.id, "name": name, "response": {outcome: said}});
    let mut beside = Vec::new();
    match generation {
        Generation::Current if !parts.is_empty() => response["parts"] = Value::Array(parts),
        Generation::Current => {}
        Generation::Earlier => beside = parts,
    }
    beside.insert(0, json!({"functionResponse": response}));
    Ok(beside)
}
