//! From a request on the wire to what a model is asked.

use inference::{Output, Request, Sampling, Thinking, Tool, ToolChoice};
use serde_json::json;

use super::messages;
use super::wire::{Chat, Choice, Format, Schema, Word};
use crate::body::TextOr;
use crate::{Named, Refusal};

pub(super) fn understand(wanted: Chat) -> Result<(Request, Named), Refusal> {
    if wanted.n.is_some_and(|n| n != 1) {
        return Err(Refusal::member(
            "n",
            "only one answer is made at a time; send the request once for each",
        ));
    }
    if wanted.functions.is_some() {
        return Err(Refusal::member("functions", "is not supported; declare functions as `tools`"));
    }
    let (system, messages) = messages::turns(wanted.messages)?;
    let request = Request {
        model: wanted.model,
        system,
        messages,
        tools: wanted.tools.unwrap_or_default().into_iter().map(Tool::from).collect(),
        tool_choice: wanted.tool_choice.map(ToolChoice::from).unwrap_or_default(),
        parallel_tools: wanted.parallel_tool_calls,
        output: wanted.response_format.map(Output::from).unwrap_or_default(),
        sampling: Sampling {
            max_tokens: wanted.max_completion_tokens.or(wanted.max_tokens),
            temperature: wanted.temperature,
            top_p: wanted.top_p,
            stop: wanted.stop.map(TextOr::into_texts).unwrap_or_default(),
            seed: wanted.seed,
            ..Sampling::default()
        },
        thinking: wanted.reasoning_effort.map(Thinking::Effort).unwrap_or_default(),
        ..Request::default()
    };
    Ok((request, wanted.naming.into()))
}

impl From<super::wire::Tool> for Tool {
    fn from(tool: super::wire::Tool) -> Self {
        let super::wire::Tool::Function { function } = tool;
        Self {
            name: function.name,
            description: function.description,
            input_schema: function.parameters.unwrap_or_else(no_parameters),
            strict: function.strict.unwrap_or(false),
        }
    }
}

/// The schema of a tool that takes nothing.
pub(crate) fn no_parameters() -> serde_json::Value {
    json!({ "type": "object", "properties": {} })
}

impl From<Word> for ToolChoice {
    fn from(word: Word) -> Self {
        match word {
            Word::None => Self::None,
            Word::Auto => Self::Auto,
            Word::Required => Self::Any,
        }
    }
}

impl From<Choice> for ToolChoice {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Word(word) => word.into(),
            Choice::One { function } => Self::Tool(function.name),
        }
    }
}

impl From<Format> for Output {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::JsonObject | Format::JsonSchema { json_schema: Schema { schema: None, .. } } => {
                Self::Json
            }
            Format::JsonSchema { json_schema: Schema { name, schema: Some(schema) } } => {
                Self::Schema { name, schema }
            }
        }
    }
}
