//! The request in the words of chat completions.

use inference::{Output, Request, ToolChoice};
use serde_json::{Map, Value, json};

use super::{Dialect, content};
use crate::extra;
use crate::instructions::system_with_json_wish;
use crate::openai_words::{effort, is_closed};

/// Asks for a streamed answer with a count at its end. A member of the caller's that is null takes ours away, for
/// servers that do not know it.
pub(super) fn ask(request: &Request, dialect: Dialect) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), request.model.as_str().into());
    body.insert("messages".to_owned(), messages(request).into());
    body.insert("stream".to_owned(), true.into());
    body.insert("stream_options".to_owned(), json!({"include_usage": true}));
    sample(request, dialect, &mut body);
    if !request.tools.is_empty() {
        body.insert("tools".to_owned(), tools(request));
        if let Some(choice) = tool_choice(&request.tool_choice) {
            body.insert("tool_choice".to_owned(), choice);
        }
        if let Some(parallel) = request.parallel_tools {
            body.insert("parallel_tool_calls".to_owned(), parallel.into());
        }
    }
    if let Some(format) = response_format(&request.output) {
        body.insert("response_format".to_owned(), format);
    }
    extra::merge(&mut body, &request.extra);
    body.retain(|_, value| !value.is_null());
    Value::Object(body)
}

fn messages(request: &Request) -> Vec<Value> {
    // One message, since the templates of many open models allow no more.
    let system = system_with_json_wish(request).join("\n\n");
    let system = (!system.is_empty()).then(|| json!({"role": "system", "content": system}));
    system.into_iter().chain(request.messages.iter().flat_map(content::turn)).collect()
}

fn sample(request: &Request, dialect: Dialect, body: &mut Map<String, Value>) {
    let sampling = &request.sampling;
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    let most = match dialect {
        Dialect::OpenAi => "max_completion_tokens",
        Dialect::Compatible => "max_tokens",
    };
    set(most, sampling.max_tokens.map(Value::from));
    set("temperature", sampling.temperature.map(Value::from));
    set("top_p", sampling.top_p.map(Value::from));
    set("top_k", sampling.top_k.filter(|_| dialect == Dialect::Compatible).map(Value::from));
    set("stop", (!sampling.stop.is_empty()).then(|| json!(sampling.stop)));
    set("seed", sampling.seed.map(Value::from));
    set("reasoning_effort", effort(&request.thinking).map(Value::from));
}

fn tools(request: &Request) -> Value {
    let tools = request.tools.iter().map(|tool| {
        let mut function = json!({"name": tool.name, "parameters": tool.input_schema});
        if let Some(description) = &tool.description {
            function["description"] = description.as_str().into();
        }
        if tool.strict {
            function["strict"] = true.into();
        }
        json!({"type": "function", "function": function})
    });
    tools.collect()
}

fn tool_choice(choice: &ToolChoice) -> Option<Value> {
    Some(match choice {
        ToolChoice::Auto => return None,
        ToolChoice::Any => "required".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Tool(name) => json!({"type": "function", "function": {"name": name}}),
    })
}

fn response_format(output: &Output) -> Option<Value> {
    match output {
        Output::Text => None,
        Output::Json => Some(json!({"type": "json_object"})),
        Output::Schema { name, schema } => {
            let format = json!({"name": name, "schema": schema, "strict": is_closed(schema)});
            Some(json!({"type": "json_schema", "json_schema": format}))
        }
    }
}
