//! What a model is asked.

use serde_json::{Map, Value};

use crate::message::Message;

/// A conversation that a model is to continue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The model: to the `models` service the name that the agent uses, to a provider the provider's own id.
    pub model: String,
    /// What the model is told before the conversation, in order.
    pub system: Vec<String>,
    /// The conversation so far; it ends with the user's turn.
    pub messages: Vec<Message>,
    /// Tools that the model may ask for.
    pub tools: Vec<Tool>,
    /// Whether it may, must or must not.
    pub tool_choice: ToolChoice,
    /// Whether it may ask for several in one turn; as the provider does it unasked where nothing is set.
    pub parallel_tools: Option<bool>,
    /// What the answer has to be.
    pub output: Output,
    /// How it is chosen.
    pub sampling: Sampling,
    /// How much the model is to think before it speaks.
    pub thinking: Thinking,
    /// What stands before the conversation and may be cached by the provider; in it, messages say so themselves.
    pub cache: Cache,
    /// Further members for the provider's own request, put in unchanged at its top level.
    pub extra: Map<String, Value>,
}

/// What may be cached by a provider that wants to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cache {
    /// The tools.
    pub tools: bool,
    /// What the model is told before the conversation, and the tools before it.
    pub system: bool,
}

/// A tool that a model may ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does, for the model to read.
    pub description: Option<String>,
    /// The JSON schema of its input.
    pub input_schema: Value,
    /// Whether the provider must hold the model to the schema.
    pub strict: bool,
}

/// Which tools the model may ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// As the model likes.
    #[default]
    Auto,
    /// At least one, whichever.
    Any,
    /// This one.
    Tool(String),
    /// None.
    None,
}

/// What an answer has to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Output {
    /// Whatever the model says.
    #[default]
    Text,
    /// Some JSON object.
    Json,
    /// JSON that this schema describes.
    Schema {
        /// The schema's name, which some providers want.
        name: String,
        /// The schema.
        schema: Value,
    },
}

/// How an answer is chosen; the provider's own habit where nothing is set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling {
    /// The most tokens that the answer may have.
    pub max_tokens: Option<u32>,
    /// 0 for the likeliest, higher for more variety.
    pub temperature: Option<f64>,
    /// Only tokens among this share of the probability.
    pub top_p: Option<f64>,
    /// Only this many of the likeliest tokens.
    pub top_k: Option<u32>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// For answers that can be repeated, where the provider can.
    pub seed: Option<i64>,
}

/// How much a model is to think before it speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Thinking {
    /// As the provider does it unasked.
    #[default]
    Unset,
    /// At most this many tokens.
    Budget(u32),
    /// In the provider's words, such as `low`, `medium`, `high`.
    Effort(String),
}
