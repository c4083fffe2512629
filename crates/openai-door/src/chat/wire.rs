//! The members of a request that are understood.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::attribution::Naming;
use crate::body::TextOr;

#[derive(Debug, Deserialize)]
pub(super) struct Chat {
    pub(super) model: String,
    pub(super) messages: Vec<Message>,
    pub(super) tools: Option<Vec<Tool>>,
    pub(super) tool_choice: Option<Choice>,
    pub(super) parallel_tool_calls: Option<bool>,
    pub(super) response_format: Option<Format>,
    pub(super) max_tokens: Option<u32>,
    pub(super) max_completion_tokens: Option<u32>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) stop: Option<TextOr<String>>,
    pub(super) seed: Option<i64>,
    pub(super) reasoning_effort: Option<String>,
    pub(super) n: Option<u32>,
    pub(super) stream: Option<bool>,
    pub(super) stream_options: Option<StreamOptions>,
    /// What tools were before there were tools.
    pub(super) functions: Option<IgnoredAny>,
    #[serde(flatten)]
    pub(super) naming: Naming,
}

#[derive(Debug, Deserialize)]
pub(super) struct StreamOptions {
    pub(super) include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub(super) enum Message {
    System { content: TextOr<Said> },
    Developer { content: TextOr<Said> },
    User { content: TextOr<Part> },
    Assistant { content: Option<TextOr<Said>>, tool_calls: Option<Vec<ToolCall>>, refusal: Option<String> },
    Tool { content: TextOr<Said>, tool_call_id: String },
}

/// A piece of what only texts are said in.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Said {
    Text { text: String },
    Refusal { refusal: String },
}

/// A piece of what a user says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Part {
    Text { text: String },
    ImageUrl { image_url: ImageUrl },
    File { file: File },
}

#[derive(Debug, Deserialize)]
pub(super) struct ImageUrl {
    pub(super) url: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct File {
    pub(super) file_data: Option<String>,
    pub(super) filename: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ToolCall {
    pub(super) id: String,
    pub(super) function: Called,
}

#[derive(Debug, Deserialize)]
pub(super) struct Called {
    pub(super) name: String,
    pub(super) arguments: String,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Tool {
    Function { function: Function },
}

#[derive(Debug, Deserialize)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) parameters: Option<Value>,
    pub(super) strict: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "must be none, auto, required or {\"type\": \"function\", \"function\": {…}}")]
pub(super) enum Choice {
    Word(Word),
    One { function: Chosen },
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    None,
    Auto,
    Required,
}

#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Format {
    Text,
    JsonObject,
    JsonSchema { json_schema: Schema },
}

#[derive(Debug, Deserialize)]
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) schema: Option<Value>,
}
