//! The members of a request that are understood.

use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::attribution::Naming;
use crate::body::TextOr;
use crate::chat::Word;

#[derive(Debug, Deserialize)]
pub(super) struct Responses {
    pub(super) model: String,
    pub(super) input: TextOr<Item>,
    pub(super) instructions: Option<String>,
    pub(super) tools: Option<Vec<Tool>>,
    pub(super) tool_choice: Option<Choice>,
    pub(super) parallel_tool_calls: Option<bool>,
    pub(super) text: Option<Text>,
    pub(super) reasoning: Option<Reasoning>,
    pub(super) max_output_tokens: Option<u32>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) stream: Option<bool>,
    pub(super) background: Option<bool>,
    pub(super) previous_response_id: Option<IgnoredAny>,
    pub(super) conversation: Option<IgnoredAny>,
    pub(super) prompt: Option<IgnoredAny>,
    #[serde(flatten)]
    pub(super) naming: Naming,
}

/// One item of the conversation. A message may leave out that it is one.
#[derive(Debug)]
pub(super) enum Item {
    Message(Message),
    FunctionCall(FunctionCall),
    FunctionCallOutput(FunctionCallOutput),
    Reasoning(Thought),
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let kind = value.get("type").and_then(Value::as_str).unwrap_or("message").to_owned();
        let item = match kind.as_str() {
            "message" => Deserialize::deserialize(value).map(Self::Message),
            "function_call" => Deserialize::deserialize(value).map(Self::FunctionCall),
            "function_call_output" => Deserialize::deserialize(value).map(Self::FunctionCallOutput),
            "reasoning" => Deserialize::deserialize(value).map(Self::Reasoning),
            other => {
                return Err(D::Error::custom(format_args!(
                    "items of type {other} are not supported: nothing is stored here, and no tools are hosted"
                )));
            }
        };
        item.map_err(D::Error::custom)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) role: Role,
    pub(super) content: TextOr<Part>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    System,
    Developer,
    User,
    Assistant,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Part {
    InputText { text: String },
    OutputText { text: String },
    Refusal { refusal: String },
    InputImage { image_url: Option<String> },
    InputFile { file_data: Option<String>, filename: Option<String> },
}

#[derive(Debug, Deserialize)]
pub(super) struct FunctionCall {
    pub(super) call_id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct FunctionCallOutput {
    pub(super) call_id: String,
    pub(super) output: TextOr<Part>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Thought {
    pub(super) encrypted_content: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tool {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) parameters: Option<Value>,
    pub(super) strict: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "must be none, auto, required or {\"type\": \"function\", \"name\": …}")]
pub(super) enum Choice {
    Word(Word),
    One(Chosen),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Chosen {
    Function { name: String },
}

#[derive(Debug, Deserialize)]
pub(super) struct Text {
    pub(super) format: Option<Format>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Format {
    Text,
    JsonObject,
    JsonSchema { name: String, schema: Value },
}

#[derive(Debug, Deserialize)]
pub(super) struct Reasoning {
    pub(super) effort: Option<String>,
}
