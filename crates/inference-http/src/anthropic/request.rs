//! The request in Anthropic's words.

use inference::{ModelError, Output, Request, Thinking, ToolChoice};
use serde_json::{Map, Value, json};

use super::content;
use crate::claude;
use crate::extra;
use crate::instructions::system_with_json_wish;

/// Asks for an answer. Anthropic wants to be told the most tokens; where the caller does not say, it is
/// `usual_tokens` after the thoughts.
pub(super) fn ask(request: &Request, usual_tokens: u32) -> Result<Value, ModelError> {
    let mut body = conversation(request)?;
    let sampling = &request.sampling;
    let thoughts = if let Thinking::Budget(tokens) = request.thinking { tokens } else { 0 };
    let most = sampling.max_tokens.unwrap_or_else(|| usual_tokens.saturating_add(thoughts));
    body.insert("max_tokens".to_owned(), most.into());
    body.insert("stream".to_owned(), true.into());
    if let Some(temperature) = sampling.temperature {
        body.insert("temperature".to_owned(), temperature.into());
    }
    if let Some(share) = sampling.top_p {
        body.insert("top_p".to_owned(), share.into());
    }
    if let Some(tokens) = sampling.top_k {
        body.insert("top_k".to_owned(), tokens.into());
    }
    if !sampling.stop.is_empty() {
        body.insert("stop_sequences".to_owned(), json!(sampling.stop));
    }
    extra::merge(&mut body, &request.extra);
    Ok(Value::Object(body))
}

/// Asks how long the conversation is. What only concerns the answer is not accepted there.
pub(super) fn count(request: &Request) -> Result<Value, ModelError> {
    conversation(request).map(Value::Object)
}

fn conversation(request: &Request) -> Result<Map<String, Value>, ModelError> {
    let mut body = Map::new();
    body.insert("model".to_owned(), request.model.as_str().into());
    let texts = system_with_json_wish(request);
    if !texts.is_empty() {
        let mut blocks: Vec<_> = texts.iter().map(|text| json!({"type": "text", "text": text})).collect();
        cache_up_to(blocks.last_mut(), request.cache.system);
        body.insert("system".to_owned(), Value::Array(blocks));
    }
    body.insert("messages".to_owned(), content::messages(&request.messages)?.into());
    if !request.tools.is_empty() {
        body.insert("tools".to_owned(), tools(request));
        body.insert("tool_choice".to_owned(), tool_choice(&request.tool_choice, request.parallel_tools));
    }
    let mut output = Map::new();
    if let Output::Schema { schema, .. } = &request.output {
        output.insert("format".to_owned(), json!({"type": "json_schema", "schema": schema}));
    }
    if let Some(effort) = claude::effort(&request.thinking) {
        output.insert("effort".to_owned(), effort.into());
    }
    if let Some(wish) = claude::thinking(&request.thinking) {
        body.insert("thinking".to_owned(), wish);
    }
    if !output.is_empty() {
        body.insert("output_config".to_owned(), Value::Object(output));
    }
    Ok(body)
}

fn tools(request: &Request) -> Value {
    let tools = request.tools.iter().map(|tool| {
        let mut wire = json!({"name": tool.name, "input_schema": tool.input_schema});
        if let Some(description) = &tool.description {
            wire["description"] = description.as_str().into();
        }
        if tool.strict {
            wire["strict"] = true.into();
        }
        wire
    });
    let mut tools: Vec<_> = tools.collect();
    cache_up_to(tools.last_mut(), request.cache.tools);
    Value::Array(tools)
}

fn cache_up_to(block: Option<&mut Value>, wanted: bool) {
    if let Some(block) = block.filter(|_| wanted) {
        block["cache_control"] = json!({"type": "ephemeral"});
    }
}

fn tool_choice(choice: &ToolChoice, parallel: Option<bool>) -> Value {
    let mut wire = match choice {
        ToolChoice::None => return json!({"type": "none"}),
        ToolChoice::Auto => json!({"type": "auto"}),
        ToolChoice::Any => json!({"type": "any"}),
        ToolChoice::Tool(name) => json!({"type": "tool", "name": name}),
    };
    if let Some(parallel) = parallel {
        wire["disable_parallel_tool_use"] = (!parallel).into();
    }
    wire
}
