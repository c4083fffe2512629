//! Chunks of an answer, understood; also an answer in one piece, which is one chunk with everything.

use inference::{ErrorKind, ModelError, StopReason, Usage};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::tools::{Piece, Wishes};
use crate::client::reported;
use crate::decode::Decoder;
use crate::sse;
use crate::writer::Writer;

/// Understands chunks. What servers leave out or send as null is taken for absent.
#[derive(Debug)]
pub struct ChunkReader {
    wishes: Wishes,
    usage: Option<Usage>,
    done: bool,
}

#[derive(Deserialize)]
struct Chunk {
    choices: Option<Vec<Choice>>,
    usage: Option<Counts>,
    error: Option<IgnoredAny>,
    object: Option<String>,
}

#[derive(Deserialize)]
struct Choice {
    index: Option<u64>,
    delta: Option<Piecemeal>,
    /// The delta of an answer in one piece.
    message: Option<Piecemeal>,
    finish_reason: Option<String>,
    /// vLLM's word for which text ended the answer; a token's number where it was one.
    stop_reason: Option<Value>,
}

#[derive(Deserialize)]
struct Piecemeal {
    content: Option<Value>,
    reasoning_content: Option<String>,
    reasoning: Option<Value>,
    refusal: Option<String>,
    tool_calls: Option<Vec<Piece>>,
}

#[derive(Deserialize)]
struct Counts {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<Details>,
    /// DeepSeek's place for what others have in the details.
    prompt_cache_hit_tokens: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Details {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

impl Chunk {
    /// Whether it reports a failure: in a member for it, or, from older servers of vLLM, by being of that kind.
    fn is_failure(&self) -> bool {
        self.error.is_some() || self.object.as_deref() == Some("error")
    }
}

impl ChunkReader {
    /// A reader of an answer that has not begun. Wishes for tools that the server gives no ids get theirs from the
    /// prefix, which has to differ from answer to answer.
    pub fn new(id_prefix: impl Into<String>) -> Self {
        Self { wishes: Wishes::new(id_prefix.into()), usage: None, done: false }
    }

    fn chunk(&mut self, chunk: Chunk, out: &mut Writer) -> Result<(), ModelError> {
        out.start();
        if let Some(counts) = chunk.usage {
            self.usage = Some(counts.into());
        }
        let choices = chunk.choices.into_iter().flatten();
        for choice in choices.filter(|choice| choice.index.unwrap_or(0) == 0) {
            // Some servers repeat the end; nothing new can follow it.
            if out.is_stopped() {
                break;
            }
            if let Some(delta) = choice.delta.or(choice.message) {
                self.delta(delta, out)?;
            }
            if let Some(word) = choice.finish_reason.filter(|word| !word.is_empty()) {
                self.wishes.finish(out)?;
                out.stop(self.stop_reason(&word, choice.stop_reason.as_ref())?);
            }
        }
        Ok(())
    }

    fn delta(&mut self, delta: Piecemeal, out: &mut Writer) -> Result<(), ModelError> {
        // vLLM sends the same thoughts under both names for a while, so one of them has to do.
        let thoughts = delta.reasoning_content.or_else(|| delta.reasoning?.as_str().map(str::to_owned));
        let said = delta.content.map(Said::of).unwrap_or_default();
        let thoughts = thoughts.into_iter().chain(said.thoughts).collect::<String>();
        let text = said.text + &delta.refusal.unwrap_or_default();
        // White space between wishes comes from the template, not from the model.
        let is_blank = thoughts.trim().is_empty() && text.trim().is_empty();
        if !(is_blank && self.wishes.is_open()) {
            self.wishes.finish(out)?;
            out.reasoning(thoughts);
            out.text(text);
        }
        for piece in delta.tool_calls.into_iter().flatten() {
            self.wishes.add(piece, out)?;
        }
        Ok(())
    }

    fn stop_reason(&self, word: &str, stopped_by: Option<&Value>) -> Result<StopReason, ModelError> {
        Ok(match word {
            "length" | "max_tokens" | "model_length" => StopReason::MaxTokens,
            "content_filter" => StopReason::ContentFiltered,
            "error" => {
                return Err(ModelError::new(ErrorKind::Failed, "it broke off its answer with an error"));
            }
            // OpenAI itself says `stop` where a tool was forced, Ollama always.
            _ if self.wishes.is_any() => StopReason::ToolUse,
            _ if stopped_by.is_some_and(Value::is_string) => StopReason::StopSequence,
            _ => StopReason::EndTurn,
        })
    }

    /// The end as the server says it. An answer whose last chunk names no reason is complete all the same.
    fn end(&mut self, out: &mut Writer) -> Result<(), ModelError> {
        if !out.is_stopped() {
            if !out.has_blocks() {
                return Err(ModelError::new(
                    ErrorKind::Malformed,
                    "it ended its answer without having said anything",
                ));
            }
            self.wishes.finish(out)?;
            out.stop(self.stop_reason("stop", None)?);
        }
        self.done = true;
        self.count(out);
        Ok(())
    }

    fn count(&mut self, out: &mut Writer) {
        if let Some(usage) = self.usage.take() {
            out.usage(usage);
        }
    }
}

impl Decoder for ChunkReader {
    type Frame = sse::Event;

    fn frame(&mut self, frame: sse::Event, out: &mut Writer) -> Result<(), ModelError> {
        let data = frame.data.trim();
        if data.is_empty() {
            return Ok(());
        }
        if data == "[DONE]" {
            return self.end(out);
        }
        let chunk: Chunk = serde_json::from_str(data).map_err(|error| {
            let what = "it sent a chunk that is not what its format asks for";
            ModelError::new(ErrorKind::Malformed, what).because(error)
        })?;
        if chunk.is_failure() || frame.name == "error" {
            return Err(reported(&serde_json::from_str(data).unwrap_or_default()));
        }
        self.chunk(chunk, out)
    }

    fn finish(&mut self, out: &mut Writer) -> Result<(), ModelError> {
        if out.is_stopped() {
            self.count(out);
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

/// What a message's content says: text, or parts of text and, with Mistral, of thoughts.
#[derive(Default)]
struct Said {
    text: String,
    thoughts: Option<String>,
}

impl Said {
    fn of(content: Value) -> Self {
        let mut said = Self::default();
        match content {
            Value::String(text) => said.text = text,
            Value::Array(parts) => parts.iter().for_each(|part| said.add(part)),
            _ => {}
        }
        said
    }

    fn add(&mut self, part: &Value) {
        if let Some(text) = part["text"].as_str() {
            self.text.push_str(text);
        }
        let thoughts = part["thinking"].as_array().into_iter().flatten();
        for text in thoughts.filter_map(|part| part["text"].as_str()) {
            self.thoughts.get_or_insert_default().push_str(text);
        }
    }
}

impl From<Counts> for Usage {
    fn from(counts: Counts) -> Self {
        let details = counts.prompt_tokens_details.unwrap_or_default();
        let read = details.cached_tokens.or(counts.prompt_cache_hit_tokens).unwrap_or(0);
        let written = details.cache_write_tokens.unwrap_or(0);
        Self {
            input_tokens: counts.prompt_tokens.unwrap_or(0).saturating_sub(read).saturating_sub(written),
            output_tokens: counts.completion_tokens.unwrap_or(0),
            cache_read_tokens: read,
            cache_write_tokens: written,
        }
    }
}
