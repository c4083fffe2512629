//! The request in Gemini's words.

use inference::{ModelError, Output, Request, Thinking, Tool, ToolChoice};
use serde_json::{Map, Value, json};

use super::content::{self, Generation};
use crate::extra;

/// Asks for an answer, or, as a part of another request, how long the conversation is.
pub(super) fn ask(request: &Request) -> Result<Value, ModelError> {
    let mut body = Map::new();
    let contents = content::contents(&request.messages, generation(&request.model))?;
    body.insert("contents".to_owned(), contents.into());
    let system = request.system.iter().filter(|text| !text.is_empty());
    let system: Vec<Value> = system.map(|text| json!({"text": text})).collect();
    if !system.is_empty() {
        body.insert("systemInstruction".to_owned(), json!({"parts": system}));
    }
    if !request.tools.is_empty() {
        let declarations: Vec<Value> = request.tools.iter().map(declaration).collect();
        body.insert("tools".to_owned(), json!([{"functionDeclarations": declarations}]));
        body.insert("toolConfig".to_owned(), json!({"functionCallingConfig": calling(request)}));
    }
    let config = generation_config(request);
    if !config.is_empty() {
        body.insert("generationConfig".to_owned(), Value::Object(config));
    }
    extra::merge(&mut body, &request.extra);
    Ok(Value::Object(body))
}

/// Asks how long the conversation is, with all that belongs to it.
pub(super) fn count(request: &Request, model: &str) -> Result<Value, ModelError> {
    let mut inner = ask(request)?;
    inner["model"] = model.into();
    Ok(json!({"generateContentRequest": inner}))
}

/// The generation by the name; names that say nothing of it are those of the newest.
fn generation(model: &str) -> Generation {
    let name = model.rsplit('/').next().unwrap_or(model);
    let number = name.strip_prefix("gemini-").unwrap_or_default();
    if number.starts_with("1.") || number.starts_with("2.") {
        Generation::Earlier
    } else {
        Generation::Current
    }
}

fn declaration(tool: &Tool) -> Value {
    let mut wire = json!({"name": tool.name, "parametersJsonSchema": tool.input_schema});
    if let Some(description) = &tool.description {
        wire["description"] = description.as_str().into();
    }
    wire
}

/// Gemini is strict for all tools or for none.
fn calling(request: &Request) -> Value {
    let strict = request.tools.iter().any(|tool| tool.strict);
    match &request.tool_choice {
        ToolChoice::Auto if strict => json!({"mode": "VALIDATED"}),
        ToolChoice::Auto => json!({"mode": "AUTO"}),
        ToolChoice::Any => json!({"mode": "ANY"}),
        ToolChoice::Tool(name) => json!({"mode": "ANY", "allowedFunctionNames": [name]}),
        ToolChoice::None => json!({"mode": "NONE"}),
    }
}

fn generation_config(request: &Request) -> Map<String, Value> {
    let mut config = Map::new();
    let sampling = &request.sampling;
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            config.insert(name.to_owned(), value);
        }
    };
    set("maxOutputTokens", sampling.max_tokens.map(Value::from));
    set("temperature", sampling.temperature.map(Value::from));
    set("topP", sampling.top_p.map(Value::from));
    set("topK", sampling.top_k.map(Value::from));
    set("seed", sampling.seed.map(Value::from));
    set("stopSequences", (!sampling.stop.is_empty()).then(|| json!(sampling.stop)));
    set("responseMimeType", (request.output != Output::Text).then(|| "application/json".into()));
    if let Output::Schema { schema, .. } = &request.output {
        set("responseJsonSchema", Some(schema.clone()));
    }
    set("thinkingConfig", thinking(&request.thinking));
    config
}

/// Whoever asks for thoughts wants to see them.
fn thinking(thinking: &Thinking) -> Option<Value> {
    match thinking {
        Thinking::Unset => None,
        Thinking::Budget(0) => Some(json!({"thinkingBudget": 0})),
        Thinking::Budget(tokens) => Some(json!({"thinkingBudget": tokens, "includeThoughts": true})),
        Thinking::Effort(effort) if effort == "none" => Some(json!({"thinkingBudget": 0})),
        Thinking::Effort(effort) => {
            Some(json!({"thinkingLevel": effort.to_ascii_uppercase(), "includeThoughts": true}))
        }
    }
}
