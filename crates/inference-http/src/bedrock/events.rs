//! Converse's events, understood.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use inference::{BlockStart, ErrorKind, ModelError, StopReason, Usage};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::exception;
use super::frames::{Frame, Kind};
use crate::decode::Decoder;
use crate::writer::Writer;

/// Understands the events of an answer. Kinds of events and blocks that it does not know are passed over.
#[derive(Debug, Default)]
pub struct EventReader {
    /// The number that Bedrock gave the open block; only blocks of tools are announced.
    open: Option<u64>,
    /// Whether the open block is one that we do not pass on.
    ignored: bool,
    /// Thoughts in the provider's own writing, which only make sense whole.
    redacted: Vec<u8>,
    done: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockStarted {
    content_block_index: u64,
    start: Started,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    tool_use: Option<ToolStarted>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToolStarted {
    tool_use_id: String,
    name: String,
    /// Set for tools that Bedrock runs itself.
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockGoesOn {
    content_block_index: u64,
    delta: Delta,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delta {
    text: Option<String>,
    tool_use: Option<ToolGoesOn>,
    reasoning_content: Option<Thoughts>,
}

#[derive(Deserialize)]
struct ToolGoesOn {
    input: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Thoughts {
    text: Option<String>,
    signature: Option<String>,
    redacted_content: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stopped {
    stop_reason: String,
}

#[derive(Deserialize)]
struct Metadata {
    usage: Option<Counts>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Counts {
    input_tokens: u64,
    output_tokens: u64,
    cache_read_input_tokens: u64,
    cache_write_input_tokens: u64,
}

impl EventReader {
    /// A reader of an answer that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    fn begin(&mut self, event: BlockStarted, out: &mut Writer) {
        self.turn_to(event.content_block_index, out);
        match event.start.tool_use.filter(|tool| tool.kind.is_none()) {
            Some(tool) => out.begin(BlockStart::ToolUse { id: tool.tool_use_id, name: tool.name }),
            None => self.ignored = true,
        }
    }

    fn go_on(&mut self, event: BlockGoesOn, out: &mut Writer) -> Result<(), ModelError> {
        if self.open != Some(event.content_block_index) {
            self.turn_to(event.content_block_index, out);
        }
        if self.ignored {
            return Ok(());
        }
        let delta = event.delta;
        if let Some(text) = delta.text {
            out.text(text);
        }
        if let Some(tool) = delta.tool_use
            && !out.tool_input(tool.input)
        {
            return Err(malformed("a tool's input without a tool"));
        }
        let Some(thoughts) = delta.reasoning_content else { return Ok(()) };
        out.reasoning(thoughts.text.unwrap_or_default());
        out.signature(thoughts.signature.unwrap_or_default());
        if let Some(redacted) = thoughts.redacted_content {
            let bytes = BASE64.decode(redacted).map_err(|_| malformed("thoughts that are no base64"))?;
            self.redacted.extend_from_slice(&bytes);
        }
        Ok(())
    }

    /// Ends the open block, if there is one, and turns to another.
    fn turn_to(&mut self, index: u64, out: &mut Writer) {
        self.end(out);
        self.open = Some(index);
    }

    fn end(&mut self, out: &mut Writer) {
        self.open = None;
        self.ignored = false;
        if !self.redacted.is_empty() {
            out.redacted(std::mem::take(&mut self.redacted).into());
        }
        out.end_block();
    }
}

impl Decoder for EventReader {
    type Frame = Frame;

    fn frame(&mut self, frame: Frame, out: &mut Writer) -> Result<(), ModelError> {
        if frame.kind == Kind::Exception {
            return Err(exception(&frame.name, &frame.payload));
        }
        match frame.name.as_str() {
            "messageStart" => out.start(),
            "contentBlockStart" => self.begin(read(&frame)?, out),
            "contentBlockDelta" => self.go_on(read(&frame)?, out)?,
            "contentBlockStop" => self.end(out),
            "messageStop" => {
                let Stopped { stop_reason } = read(&frame)?;
                self.end(out);
                out.stop(reason(&stop_reason));
            }
            "metadata" => {
                let metadata: Metadata = read(&frame)?;
                // Nothing follows it, and without an end before it the answer is none.
                self.done = true;
                if out.is_stopped() {
                    metadata.usage.into_iter().for_each(|counts| out.usage(counts.into()));
                }
            }
            _ => {}
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

/// The port's reasons have Converse's names; one that is yet to come is an end like any other.
fn reason(word: &str) -> StopReason {
    serde_json::from_value(word.into()).unwrap_or(StopReason::EndTurn)
}

impl From<Counts> for Usage {
    fn from(counts: Counts) -> Self {
        Self {
            input_tokens: counts.input_tokens,
            output_tokens: counts.output_tokens,
            cache_read_tokens: counts.cache_read_input_tokens,
            cache_write_tokens: counts.cache_write_input_tokens,
        }
    }
}

fn read<T: DeserializeOwned>(frame: &Frame) -> Result<T, ModelError> {
    serde_json::from_slice(&frame.payload)
        .map_err(|error| malformed(&format!("a {} that is none", readable(&frame.name))).because(error))
}

/// A name of the provider's, which may be anything.
fn readable(name: &str) -> String {
    name.chars().filter(char::is_ascii_graphic).take(40).collect()
}

fn malformed(what: &str) -> ModelError {
    ModelError::new(ErrorKind::Malformed, format!("it sent {what}"))
}
