//! Anthropic's events, understood.

use bytes::Bytes;
use inference::{BlockStart, ErrorKind, ModelError, StopReason, Usage};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::client::reported;
use crate::decode::Decoder;
use crate::sse;
use crate::writer::Writer;

/// Understands the events of an answer. Kinds of events, blocks and deltas that it does not know are passed over:
/// Anthropic adds some now and then.
#[derive(Debug, Default)]
pub struct EventReader {
    block: Option<Block>,
    stop: Option<StopReason>,
    usage: Usage,
    done: bool,
}

/// The block that is open on Anthropic's side.
#[derive(Debug)]
struct Block {
    index: u64,
    /// Whether it is one that we pass on.
    known: bool,
    /// A tool's input that came with the start, for servers that send it whole.
    input: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Wire {
    MessageStart {
        message: Start,
    },
    ContentBlockStart {
        index: u64,
        content_block: WireBlock,
    },
    ContentBlockDelta {
        index: u64,
        delta: WireDelta,
    },
    ContentBlockStop {
        index: u64,
    },
    MessageDelta {
        delta: Stop,
        #[serde(default)]
        usage: Option<Counts>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Start {
    #[serde(default)]
    usage: Option<Counts>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WireBlock {
    Text {
        #[serde(default)]
        text: String,
    },
    Thinking {
        #[serde(default)]
        thinking: String,
        #[serde(default)]
        signature: String,
    },
    RedactedThinking {
        data: String,
    },
    ToolUse {
        id: String,
        name: String,
        #[serde(default)]
        input: Option<Map<String, Value>>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WireDelta {
    TextDelta {
        text: String,
    },
    InputJsonDelta {
        partial_json: String,
    },
    ThinkingDelta {
        thinking: String,
    },
    SignatureDelta {
        signature: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Stop {
    #[serde(default)]
    stop_reason: Option<String>,
}

/// Counts so far, not since the last time.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Counts {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
}

impl EventReader {
    /// A reader of an answer that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    fn begin(&mut self, index: u64, block: WireBlock, out: &mut Writer) {
        let (mut known, mut whole) = (true, None);
        out.end_block();
        match block {
            WireBlock::Text { text } => out.text(text),
            WireBlock::Thinking { thinking, signature } => {
                out.reasoning(thinking);
                out.signature(signature);
            }
            WireBlock::RedactedThinking { data } => out.redacted(Bytes::from(data)),
            WireBlock::ToolUse { id, name, input } => {
                out.begin(BlockStart::ToolUse { id, name });
                whole = input.filter(|input| !input.is_empty());
            }
            WireBlock::Other => known = false,
        }
        self.block = Some(Block { index, known, input: whole });
    }

    fn go_on(&mut self, index: u64, delta: WireDelta, out: &mut Writer) -> Result<(), ModelError> {
        let open = self.block.as_mut().filter(|block| block.index == index);
        let block = open.ok_or_else(|| malformed("more of a block that is not open"))?;
        if !block.known {
            return Ok(());
        }
        match delta {
            WireDelta::TextDelta { text } => out.text(text),
            WireDelta::ThinkingDelta { thinking } => out.reasoning(thinking),
            WireDelta::SignatureDelta { signature } => out.signature(signature),
            WireDelta::InputJsonDelta { partial_json } => {
                if !partial_json.is_empty() {
                    block.input = None;
                }
                if !out.tool_input(partial_json) {
                    return Err(malformed("a tool's input without a tool"));
                }
            }
            WireDelta::Other => {}
        }
        Ok(())
    }

    fn end(&mut self, index: u64, out: &mut Writer) -> Result<(), ModelError> {
        let open = self.block.take().filter(|block| block.index == index);
        let block = open.ok_or_else(|| malformed("the end of a block that is not open"))?;
        if let Some(input) = block.input
            && !out.tool_input(Value::Object(input).to_string())
        {
            return Err(malformed("a tool's input without a tool"));
        }
        out.end_block();
        Ok(())
    }

    fn count(&mut self, counts: Option<Counts>) {
        let counts = counts.unwrap_or_default();
        let usage = &mut self.usage;
        usage.input_tokens = counts.input_tokens.unwrap_or(usage.input_tokens);
        usage.output_tokens = counts.output_tokens.unwrap_or(usage.output_tokens);
        usage.cache_read_tokens = counts.cache_read_input_tokens.unwrap_or(usage.cache_read_tokens);
        usage.cache_write_tokens = counts.cache_creation_input_tokens.unwrap_or(usage.cache_write_tokens);
    }

    fn complete(&mut self, out: &mut Writer) -> Result<(), ModelError> {
        let stop = self.stop.ok_or_else(|| malformed("an end without a reason"))?;
        out.stop(stop);
        out.usage(self.usage);
        self.done = true;
        Ok(())
    }
}

impl Decoder for EventReader {
    type Frame = sse::Event;

    fn frame(&mut self, frame: sse::Event, out: &mut Writer) -> Result<(), ModelError> {
        let event = serde_json::from_str(&frame.data)
            .map_err(|error| malformed("no JSON of its own").because(error))?;
        match event {
            Wire::MessageStart { message } => {
                out.start();
                self.count(message.usage);
            }
            Wire::ContentBlockStart { index, content_block } => self.begin(index, content_block, out),
            Wire::ContentBlockDelta { index, delta } => self.go_on(index, delta, out)?,
            Wire::ContentBlockStop { index } => self.end(index, out)?,
            Wire::MessageDelta { delta, usage } => {
                self.stop = delta.stop_reason.as_deref().map(stop_reason).or(self.stop);
                self.count(usage);
            }
            Wire::MessageStop => self.complete(out)?,
            Wire::Error { error } => return Err(reported(&error)),
            Wire::Other => {}
        }
        Ok(())
    }

    fn finish(&mut self, _out: &mut Writer) -> Result<(), ModelError> {
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.done
    }
}

fn stop_reason(word: &str) -> StopReason {
    match word {
        "tool_use" => StopReason::ToolUse,
        "max_tokens" => StopReason::MaxTokens,
        "stop_sequence" => StopReason::StopSequence,
        "refusal" => StopReason::ContentFiltered,
        "model_context_window_exceeded" => StopReason::ModelContextWindowExceeded,
        // `end_turn`; `pause_turn`, where the model waits for a tool of Anthropic's own; and what is yet to come.
        _ => StopReason::EndTurn,
    }
}

fn malformed(what: &str) -> ModelError {
    ModelError::new(ErrorKind::Malformed, format!("it sent {what}"))
}
