//! The request in the words of responses.

use inference::{Content, ErrorKind, ModelError, Output, Reasoning, Request, Thinking, ToolChoice};
use serde_json::{Map, Value, json};

use super::{PROOF, content};
use crate::instructions::system_with_json_wish;
use crate::openai_words::{effort, is_closed};
use crate::{extra, proof};

/// Asks for a streamed answer that is not kept. A member of the caller's that is null takes ours away.
pub(super) fn ask(request: &Request) -> Result<Value, ModelError> {
    let sampling = &request.sampling;
    if !sampling.stop.is_empty() {
        let message = "the responses API knows no stop sequences; ask this model by chat completions";
        return Err(ModelError::new(ErrorKind::Invalid, message));
    }
    let mut body = conversation(request)?;
    body.insert("stream".to_owned(), true.into());
    body.insert("store".to_owned(), false.into());
    if thinks(request) {
        body.insert("include".to_owned(), json!(["reasoning.encrypted_content"]));
    }
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    set("max_output_tokens", sampling.max_tokens.map(Value::from));
    set("temperature", sampling.temperature.map(Value::from));
    set("top_p", sampling.top_p.map(Value::from));
    extra::merge(&mut body, &request.extra);
    body.retain(|_, value| !value.is_null());
    Ok(Value::Object(body))
}

/// Asks how long the conversation is. What only concerns the answer is not accepted there.
pub(super) fn count(request: &Request) -> Result<Value, ModelError> {
    conversation(request).map(Value::Object)
}

fn conversation(request: &Request) -> Result<Map<String, Value>, ModelError> {
    let mut body = Map::new();
    body.insert("model".to_owned(), request.model.as_str().into());
    let system = system_with_json_wish(request).join("\n\n");
    if !system.is_empty() {
        body.insert("instructions".to_owned(), system.into());
    }
    let items: Vec<Value> = request.messages.iter().flat_map(content::items).collect();
    if items.is_empty() {
        return Err(ModelError::new(ErrorKind::Invalid, "the conversation says nothing"));
    }
    body.insert("input".to_owned(), items.into());
    if !request.tools.is_empty() {
        body.insert("tools".to_owned(), tools(request));
        body.insert("tool_choice".to_owned(), tool_choice(&request.tool_choice));
        if let Some(parallel) = request.parallel_tools {
            body.insert("parallel_tool_calls".to_owned(), parallel.into());
        }
    }
    if let Some(format) = format(&request.output) {
        body.insert("text".to_owned(), json!({"format": format}));
    }
    if let Some(effort) = effort(&request.thinking) {
        // Without the wish for a summary nothing of the thoughts is shown.
        body.insert("reasoning".to_owned(), json!({"effort": effort, "summary": "auto"}));
    }
    Ok(body)
}

/// Whether thoughts are to be expected: models that have none refuse to be asked for them.
fn thinks(request: &Request) -> bool {
    let name = request.model.rsplit('/').next().unwrap_or_default();
    let known = ["o1", "o3", "o4", "gpt-5", "codex"].iter().any(|family| name.starts_with(family));
    let ours = |content: &Content| match content {
        Content::Reasoning(Reasoning::Text { signature: Some(signature), .. }) => {
            proof::unmark(PROOF, signature).is_some()
        }
        _ => false,
    };
    let has_thought = || request.messages.iter().flat_map(|message| &message.content).any(ours);
    known && !name.contains("-chat") || request.thinking != Thinking::Unset || has_thought()
}

fn tools(request: &Request) -> Value {
    let tools = request.tools.iter().map(|tool| {
        // Strictness is said in any case: here it is the provider's habit.
        let mut wire = json!({
            "type": "function",
            "name": tool.name,
            "parameters": tool.input_schema,
            "strict": tool.strict,
        });
        if let Some(description) = &tool.description {
            wire["description"] = description.as_str().into();
        }
        wire
    });
    tools.collect()
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::Any => "required".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Tool(name) => json!({"type": "function", "name": name}),
    }
}

fn format(output: &Output) -> Option<Value> {
    match output {
        Output::Text => None,
        Output::Json => Some(json!({"type": "json_object"})),
        Output::Schema { name, schema } => {
            Some(json!({"type": "json_schema", "name": name, "schema": schema, "strict": is_closed(schema)}))
        }
    }
}
