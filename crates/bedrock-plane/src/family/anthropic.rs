//! Anthropic's messages.

mod content;
mod writer;

use fault::Result;
use inference::{Content, Message, Request, Role, Thinking, Tool, ToolChoice};
use restjson::Value;
use serde::Deserialize;
use serde_json::Map;

use super::{About, Wanted, body};
use content::Said;

#[derive(Deserialize)]
struct Body {
    messages: Vec<Turn>,
    system: Option<Said>,
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u32>,
    #[serde(default)]
    stop_sequences: Vec<String>,
    #[serde(default)]
    tools: Vec<Value>,
    tool_choice: Option<Choice>,
    thinking: Option<Value>,
    /// Which version of the format this is; all of them read alike.
    #[serde(rename = "anthropic_version")]
    _version: Option<String>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Deserialize)]
struct Turn {
    role: Who,
    content: Said,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Who {
    User,
    Assistant,
}

#[derive(Deserialize)]
struct Wish {
    name: String,
    description: Option<String>,
    input_schema: Value,
    #[serde(default)]
    strict: bool,
}

#[derive(Deserialize)]
struct Choice {
    r#type: String,
    name: Option<String>,
    disable_parallel_tool_use: Option<bool>,
}

pub(super) fn read(given: Value, about: &About<'_>) -> Result<Wanted> {
    let given: Body = body::read(given)?;
    let mut request = Request { extra: given.extra, ..Request::default() };
    for content in given.system.map(|said| said.read("system")).transpose()?.unwrap_or_default() {
        match content {
            Content::Text(text) => request.system.push(text),
            Content::CachePoint => request.cache.system = true,
            _ => return body::refuse("system", "must be text"),
        }
    }
    for (index, Turn { role, content }) in given.messages.into_iter().enumerate() {
        let role = match role {
            Who::User => Role::User,
            Who::Assistant => Role::Assistant,
        };
        let content = content.read(&format!("messages[{index}].content"))?;
        request.messages.push(Message { role, content });
    }
    request.sampling =
        body::sampling(given.max_tokens, given.temperature, given.top_p, given.top_k, given.stop_sequences);
    for tool in given.tools {
        request.cache.tools |= tool.get("cache_control").is_some_and(|control| !control.is_null());
        request.tools.push(read_tool(tool)?);
    }
    if let Some(choice) = given.tool_choice {
        read_choice(choice, &mut request)?;
    }
    if let Some(thinking) = given.thinking {
        let tokens = thinking.get("budget_tokens").and_then(Value::as_u64);
        match tokens.and_then(|tokens| u32::try_from(tokens).ok()) {
            Some(tokens) => request.thinking = Thinking::Budget(tokens),
            // Disabled, or in words that are Anthropic's alone.
            None => drop(request.extra.insert("thinking".to_owned(), thinking)),
        }
    }
    Ok(Wanted::Answer(Box::new(request), Box::new(writer::Writer::new(about))))
}

fn read_tool(tool: Value) -> Result<Tool> {
    // A tool with a type of its own runs at Anthropic's.
    if tool.get("type").is_some_and(|kind| kind != "custom") {
        return body::refuse("tools", "can only be tools of the caller's own");
    }
    let Wish { name, description, input_schema, strict } = body::read(tool)?;
    Ok(Tool { name, description, input_schema, strict })
}

fn read_choice(choice: Choice, request: &mut Request) -> Result<()> {
    request.parallel_tools = choice.disable_parallel_tool_use.map(|disabled| !disabled);
    request.tool_choice = match (choice.r#type.as_str(), choice.name) {
        ("auto", _) => ToolChoice::Auto,
        ("any", _) => ToolChoice::Any,
        ("none", _) => ToolChoice::None,
        ("tool", Some(name)) => ToolChoice::Tool(name),
        _ => return body::refuse("tool_choice", "must be auto, any, none, or a tool with its name"),
    };
    Ok(())
}

#[cfg(test)]
mod tests;
