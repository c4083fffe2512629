//! The events of an answer, understood; also an answer in one piece.

use inference::{ErrorKind, ModelError, StopReason, Usage};
use serde::Deserialize;
use serde_json::Value;

use super::item::{Item, Open};
use crate::client::reported;
use crate::decode::Decoder;
use crate::sse;
use crate::writer::Writer;

/// Understands the events of an answer. Those that it does not know are passed over: most only repeat what others say.
#[derive(Debug, Default)]
pub struct EventReader {
    open: Option<Open>,
    has_calls: bool,
    done: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Wire {
    #[serde(rename = "response.created", alias = "response.in_progress")]
    Created,
    #[serde(rename = "response.output_item.added")]
    Added {
        #[serde(default)]
        output_index: u64,
        item: Item,
    },
    #[serde(rename = "response.output_item.done")]
    Done {
        #[serde(default)]
        output_index: u64,
        item: Item,
    },
    #[serde(rename = "response.output_text.delta", alias = "response.refusal.delta")]
    Text { delta: String },
    #[serde(rename = "response.reasoning_summary_text.delta", alias = "response.reasoning_text.delta")]
    Thought { delta: String },
    #[serde(rename = "response.reasoning_summary_part.added")]
    ThoughtBegins,
    #[serde(rename = "response.function_call_arguments.delta")]
    Arguments {
        #[serde(default)]
        output_index: u64,
        delta: String,
    },
    #[serde(
        rename = "response.completed",
        alias = "response.incomplete",
        alias = "response.failed",
        alias = "response.cancelled"
    )]
    Ended { response: Response },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Response {
    status: Option<String>,
    incomplete_details: Option<Incomplete>,
    #[serde(default)]
    error: Value,
    usage: Option<Counts>,
    #[serde(default)]
    output: Vec<Item>,
}

#[derive(Deserialize)]
struct Incomplete {
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Counts {
    #[serde(default)]
    input_tokens: u64,
    #[serde(default)]
    output_tokens: u64,
    input_tokens_details: Option<Details>,
}

#[derive(Default, Deserialize)]
struct Details {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

impl EventReader {
    /// A reader of an answer that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    fn event(&mut self, event: Wire, out: &mut Writer) -> Result<(), ModelError> {
        out.start();
        match event {
            Wire::Created | Wire::Other => {}
            Wire::Added { output_index, item } => {
                let mut open = Open::at(output_index);
                item.begin(&mut open, out);
                self.open = Some(open);
            }
            Wire::Done { output_index, item } => self.end_item(output_index, item, out)?,
            Wire::Text { delta } => {
                self.open.get_or_insert_default().is_written = true;
                out.text(delta);
            }
            Wire::Thought { delta } => {
                self.open.get_or_insert_default().is_written = true;
                out.reasoning(delta);
            }
            // The parts of a summary are paragraphs.
            Wire::ThoughtBegins if self.open.is_some_and(|open| open.is_written) => {
                out.reasoning("\n\n".to_owned());
            }
            Wire::ThoughtBegins => {}
            Wire::Arguments { output_index, delta } => {
                let open = self.open.as_mut().filter(|open| open.index == output_index);
                let open = open.ok_or_else(|| malformed("the input of a tool that has not begun"))?;
                open.is_written |= !delta.is_empty();
                if !out.tool_input(delta) {
                    return Err(malformed("a tool's input without a tool"));
                }
            }
            Wire::Ended { response } => self.end(response, out)?,
        }
        Ok(())
    }

    fn end_item(&mut self, index: u64, item: Item, out: &mut Writer) -> Result<(), ModelError> {
        let mut open = self.open.take().filter(|open| open.index == index).unwrap_or(Open::at(index));
        self.has_calls |= item.is_call();
        if item.end(&mut open, out) { Ok(()) } else { Err(malformed("a tool's input without a tool")) }
    }

    fn end(&mut self, response: Response, out: &mut Writer) -> Result<(), ModelError> {
        let status = response.status.as_deref().unwrap_or("completed");
        if matches!(status, "failed" | "cancelled") {
            return Err(reported(&response.error));
        }
        if !out.has_blocks() {
            // In one piece, or from a server that saves itself the details.
            for (index, item) in (0..).zip(response.output) {
                self.end_item(index, item, out)?;
            }
        }
        let reason = response.incomplete_details.and_then(|details| details.reason);
        out.stop(match (status, reason.as_deref()) {
            ("incomplete", Some("content_filter")) => StopReason::ContentFiltered,
            ("incomplete", _) => StopReason::MaxTokens,
            _ if self.has_calls => StopReason::ToolUse,
            _ => StopReason::EndTurn,
        });
        if let Some(counts) = response.usage {
            out.usage(counts.into());
        }
        self.done = true;
        Ok(())
    }
}

impl Decoder for EventReader {
    type Frame = sse::Event;

    fn frame(&mut self, frame: sse::Event, out: &mut Writer) -> Result<(), ModelError> {
        let data = frame.data.trim();
        if data.is_empty() || data == "[DONE]" {
            return Ok(());
        }
        let value: Value = serde_json::from_str(data).map_err(|error| unreadable().because(error))?;
        if value["type"] == "error" || value.get("type").is_none() && value["error"].is_object() {
            return Err(reported(&value));
        }
        if value["object"] == "response" {
            out.start();
            let response = serde_json::from_value(value).map_err(|error| unreadable().because(error))?;
            return self.end(response, out);
        }
        let event = serde_json::from_value(value).map_err(|error| unreadable().because(error))?;
        self.event(event, out)
    }

    fn finish(&mut self, _out: &mut Writer) -> Result<(), ModelError> {
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

impl From<Counts> for Usage {
    fn from(counts: Counts) -> Self {
        let details = counts.input_tokens_details.unwrap_or_default();
        let (read, written) = (details.cached_tokens.unwrap_or(0), details.cache_write_tokens.unwrap_or(0));
        Self {
            input_tokens: counts.input_tokens.saturating_sub(read).saturating_sub(written),
            output_tokens: counts.output_tokens,
            cache_read_tokens: read,
            cache_write_tokens: written,
        }
    }
}

fn unreadable() -> ModelError {
    malformed("an event that is not what its format asks for")
}

fn malformed(what: &str) -> ModelError {
    ModelError::new(ErrorKind::Malformed, format!("it sent {what}"))
}
