//! The request in Converse's words.

use inference::{Content, ModelError, Output, Request, Tool, ToolChoice};
use serde_json::{Map, Value, json};

use super::content;
use crate::claude;
use crate::extra;
use crate::instructions::system_with_json_wish;

/// Members of Converse's own that a caller may add; all others are for the model behind it.
const OF_CONVERSE: [&str; 8] = [
    "additionalModelRequestFields",
    "additionalModelResponseFieldPaths",
    "guardrailConfig",
    "outputConfig",
    "performanceConfig",
    "promptVariables",
    "requestMetadata",
    "serviceTier",
];
const FOR_THE_MODEL: &str = "additionalModelRequestFields";

/// Asks for an answer.
pub(super) fn ask(request: &Request) -> Result<Value, ModelError> {
    let mut body = conversation(request)?;
    let sampling = &request.sampling;
    let mut config = Map::new();
    if let Some(tokens) = sampling.max_tokens {
        config.insert("maxTokens".to_owned(), tokens.into());
    }
    if let Some(temperature) = sampling.temperature {
        config.insert("temperature".to_owned(), temperature.into());
    }
    if let Some(share) = sampling.top_p {
        config.insert("topP".to_owned(), share.into());
    }
    if !sampling.stop.is_empty() {
        config.insert("stopSequences".to_owned(), json!(sampling.stop));
    }
    if !config.is_empty() {
        body.insert("inferenceConfig".to_owned(), Value::Object(config));
    }
    let output = output(request);
    if !output.is_empty() {
        body.insert("outputConfig".to_owned(), Value::Object(output));
    }
    let own = request.extra.iter().filter(|(name, _)| is_of_converse(name));
    let own: Map<String, Value> = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    extra::merge(&mut body, &own);
    Ok(Value::Object(body))
}

/// Asks how long the conversation is.
pub(super) fn count(request: &Request) -> Result<Value, ModelError> {
    Ok(json!({"input": {"converse": conversation(request)?}}))
}

fn conversation(request: &Request) -> Result<Map<String, Value>, ModelError> {
    let mut body = Map::new();
    body.insert("messages".to_owned(), content::messages(&request.messages)?.into());
    let texts = system_with_json_wish(request);
    if !texts.is_empty() {
        let point = request.cache.system.then(cache_point);
        let blocks = texts.iter().map(|text| json!({"text": text})).chain(point);
        body.insert("system".to_owned(), blocks.collect());
    }
    if let Some(tools) = tool_config(request) {
        body.insert("toolConfig".to_owned(), tools);
    }
    let fields = for_the_model(request);
    if !fields.is_empty() {
        body.insert(FOR_THE_MODEL.to_owned(), Value::Object(fields));
    }
    Ok(body)
}

/// The tools. Converse has no word for "none": then they are left out, unless the conversation has calls already,
/// with which Converse wants them in any case.
fn tool_config(request: &Request) -> Option<Value> {
    let choice = match &request.tool_choice {
        ToolChoice::Auto => json!({"auto": {}}),
        ToolChoice::Any => json!({"any": {}}),
        ToolChoice::Tool(name) => json!({"tool": {"name": name}}),
        ToolChoice::None if has_calls(request) => json!({"auto": {}}),
        ToolChoice::None => return None,
    };
    let point = request.cache.tools.then(cache_point);
    let tools: Vec<Value> = request.tools.iter().map(tool).chain(point).collect();
    (!request.tools.is_empty()).then(|| json!({"tools": tools, "toolChoice": choice}))
}

/// Everything up to here may be cached.
fn cache_point() -> Value {
    json!({"cachePoint": {"type": "default"}})
}

fn has_calls(request: &Request) -> bool {
    let mut contents = request.messages.iter().flat_map(|message| &message.content);
    contents.any(|content| matches!(content, Content::ToolUse(_) | Content::ToolResult(_)))
}

fn tool(tool: &Tool) -> Value {
    let mut spec = json!({"name": tool.name, "inputSchema": {"json": tool.input_schema}});
    if let Some(description) = tool.description.as_deref().filter(|text| !text.is_empty()) {
        spec["description"] = description.into();
    }
    if tool.strict {
        spec["strict"] = true.into();
    }
    json!({"toolSpec": spec})
}

fn output(request: &Request) -> Map<String, Value> {
    let mut output = Map::new();
    if let Output::Schema { name, schema } = &request.output {
        // The schema travels as text there.
        let schema = json!({"name": name, "schema": schema.to_string()});
        let format = json!({"type": "json_schema", "structure": {"jsonSchema": schema}});
        output.insert("textFormat".to_owned(), format);
    }
    if let Some(effort) = claude::effort(&request.thinking) {
        output.insert("effort".to_owned(), effort.into());
    }
    output
}

/// What Converse has no word for and hands through to the model, in the words of the model's family.
fn for_the_model(request: &Request) -> Map<String, Value> {
    let mut fields = Map::new();
    let is_claude = request.model.contains("anthropic.");
    if let Some(tokens) = request.sampling.top_k {
        if request.model.contains("amazon.nova") {
            fields.insert("inferenceConfig".to_owned(), json!({"topK": tokens}));
        } else {
            fields.insert("top_k".to_owned(), tokens.into());
        }
    }
    if is_claude && let Some(wish) = claude::thinking(&request.thinking) {
        fields.insert("thinking".to_owned(), wish);
    }
    if request.parallel_tools == Some(false) && is_claude && request.tool_choice == ToolChoice::Auto {
        let wish = json!({"type": "auto", "disable_parallel_tool_use": true});
        fields.insert("tool_choice".to_owned(), wish);
    }
    let rest = request.extra.iter().filter(|(name, _)| !is_of_converse(name));
    let rest: Map<String, Value> = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
    extra::merge(&mut fields, &rest);
    fields
}

fn is_of_converse(name: &str) -> bool {
    OF_CONVERSE.contains(&name)
}
