//! What a model's answer is made of while it arrives.

use std::ops::AddAssign;
use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;

/// An answer while it arrives. Dropping it cancels the call at the provider.
///
/// The order is: [`Event::Start`]; then for each block, blocks one after the other with indexes from 0,
/// [`Event::BlockStart`], any number of [`Event::Delta`]s, [`Event::BlockStop`]; then [`Event::Stop`], and last
/// [`Event::Usage`] if the provider counts. Nothing follows an error, and a stream that ends without
/// [`Event::Stop`] or an error does not exist: a provider that is cut off says so as an error.
pub type Events = Pin<Box<dyn Stream<Item = Result<Event, ModelError>> + Send>>;

/// A step of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The model has begun to answer.
    Start,
    /// A block begins.
    BlockStart {
        /// Its place among the answer's blocks, from 0.
        index: usize,
        /// What it is.
        block: BlockStart,
    },
    /// A block goes on.
    Delta {
        /// Which block.
        index: usize,
        /// By what.
        delta: Delta,
    },
    /// A block is complete.
    BlockStop {
        /// Which block.
        index: usize,
    },
    /// The answer is complete.
    Stop(StopReason),
    /// What it took.
    Usage(Usage),
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockStart {
    /// Text.
    Text,
    /// Thoughts.
    Reasoning,
    /// A wish to use a tool.
    ToolUse {
        /// Which wish this is.
        id: String,
        /// The tool.
        name: String,
    },
}

/// How a block goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// More text.
    Text(String),
    /// More of the JSON text of a tool's input.
    ToolInput(String),
    /// More thoughts.
    Reasoning(String),
    /// The proof of the thoughts so far.
    ReasoningSignature(String),
    /// Thoughts that only the provider can read.
    ReasoningRedacted(Bytes),
}

/// Why an answer ended; the names are Converse's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The model has said what it had to say.
    EndTurn,
    /// It waits for the results of tools.
    ToolUse,
    /// The most tokens that it may say are said.
    MaxTokens,
    /// It said one of the texts that end an answer.
    StopSequence,
    /// A guardrail stepped in.
    GuardrailIntervened,
    /// The provider's own filter stepped in.
    ContentFiltered,
    /// The conversation no longer fits the model.
    ModelContextWindowExceeded,
    /// The model's output is not what its format asks for.
    MalformedModelOutput,
    /// The model's wish for a tool is not what its format asks for.
    MalformedToolUse,
}

/// Tokens, as the provider counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Tokens read and not taken from or written to a cache.
    pub input_tokens: u64,
    /// Tokens written, thoughts included.
    pub output_tokens: u64,
    /// Tokens read from the provider's cache.
    pub cache_read_tokens: u64,
    /// Tokens read and written to the provider's cache.
    pub cache_write_tokens: u64,
}

impl Usage {
    /// All tokens; at most the largest number, whatever a provider says.
    pub fn total(&self) -> u64 {
        let cached = self.cache_read_tokens.saturating_add(self.cache_write_tokens);
        self.input_tokens.saturating_add(self.output_tokens).saturating_add(cached)
    }
}

/// Whatever a provider says: sums stay at the largest number.
impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.cache_read_tokens = self.cache_read_tokens.saturating_add(other.cache_read_tokens);
        self.cache_write_tokens = self.cache_write_tokens.saturating_add(other.cache_write_tokens);
    }
}

impl StopReason {
    /// Converse's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndTurn => "end_turn",
            Self::ToolUse => "tool_use",
            Self::MaxTokens => "max_tokens",
            Self::StopSequence => "stop_sequence",
            Self::GuardrailIntervened => "guardrail_intervened",
            Self::ContentFiltered => "content_filtered",
            Self::ModelContextWindowExceeded => "model_context_window_exceeded",
            Self::MalformedModelOutput => "malformed_model_output",
            Self::MalformedToolUse => "malformed_tool_use",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_of_a_provider_adds_up_to_the_largest_number() {
        let nonsense = Usage { input_tokens: u64::MAX - 1, output_tokens: 3, ..Usage::default() };
        assert_eq!(nonsense.total(), u64::MAX);
        let mut sum = nonsense;
        sum += nonsense;
        assert_eq!((sum.input_tokens, sum.output_tokens), (u64::MAX, 6));
    }
}
