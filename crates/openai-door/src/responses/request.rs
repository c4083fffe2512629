//! From a request on the wire to what a model is asked.

use inference::{Output, Request, Sampling, Thinking, Tool, ToolChoice};

use super::input;
use super::wire::{Choice, Chosen, Format, Responses};
use crate::chat::no_parameters;
use crate::{Named, Refusal};

pub(super) fn understand(wanted: Responses) -> Result<(Request, Named), Refusal> {
    refuse_what_needs_memory(&wanted)?;
    let (mut system, messages) = input::turns(wanted.input)?;
    system.splice(..0, wanted.instructions);
    let tools = wanted.tools.unwrap_or_default().into_iter().enumerate();
    let tools = tools.map(|(index, tool)| function(tool, &format!("tools[{index}]")));
    let request = Request {
        model: wanted.model,
        system,
        messages,
        tools: tools.collect::<Result<_, _>>()?,
        tool_choice: wanted.tool_choice.map(ToolChoice::from).unwrap_or_default(),
        parallel_tools: wanted.parallel_tool_calls,
        output: wanted.text.and_then(|text| text.format).map(Output::from).unwrap_or_default(),
        sampling: Sampling {
            max_tokens: wanted.max_output_tokens,
            temperature: wanted.temperature,
            top_p: wanted.top_p,
            ..Sampling::default()
        },
        thinking: wanted.reasoning.and_then(|wish| wish.effort).map(Thinking::Effort).unwrap_or_default(),
        ..Request::default()
    };
    Ok((request, wanted.naming.into()))
}

fn refuse_what_needs_memory(wanted: &Responses) -> Result<(), Refusal> {
    const STATELESS: &str =
        "is not supported: nothing is stored here; send the whole conversation as `input`";
    for (member, present) in [
        ("previous_response_id", wanted.previous_response_id.is_some()),
        ("conversation", wanted.conversation.is_some()),
        ("prompt", wanted.prompt.is_some()),
        ("background", wanted.background == Some(true)),
    ] {
        if present {
            return Err(Refusal::member(member, STATELESS));
        }
    }
    Ok(())
}

fn function(tool: super::wire::Tool, path: &str) -> Result<Tool, Refusal> {
    if tool.kind != "function" {
        let message = format!("tools of type {} are not hosted here; declare a function", tool.kind);
        return Err(Refusal::member(path, message));
    }
    let Some(name) = tool.name else {
        return Err(Refusal::member(path, "missing field `name`"));
    };
    Ok(Tool {
        name,
        description: tool.description,
        input_schema: tool.parameters.unwrap_or_else(no_parameters),
        strict: tool.strict.unwrap_or(false),
    })
}

impl From<Choice> for ToolChoice {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Word(word) => word.into(),
            Choice::One(Chosen::Function { name }) => Self::Tool(name),
        }
    }
}

impl From<Format> for Output {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::JsonObject => Self::Json,
            Format::JsonSchema { name, schema } => Self::Schema { name, schema },
        }
    }
}
