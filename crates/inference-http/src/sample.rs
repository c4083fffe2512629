//! A conversation with everything in it, for tests of how it is written down.

use bytes::Bytes;
use inference::{
    Content, Document, Image, Message, Output, Reasoning, Request, Role, Sampling, Thinking, Tool,
    ToolChoice, ToolOutput, ToolResult, ToolUse,
};
use serde_json::{Value, json};

/// A request that uses all that the port has; `proof` is the proof of the model's thoughts.
pub(crate) fn everything(proof: &str) -> Request {
    let schema = json!({
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": false,
    });
    let tool = |name: &str, description: Option<&str>, strict| Tool {
        name: name.to_owned(),
        description: description.map(str::to_owned),
        input_schema: schema.clone(),
        strict,
    };
    Request {
        model: "model-1".to_owned(),
        system: vec!["Be brief.".to_owned(), "Be kind.".to_owned()],
        messages: vec![asked(), wished(proof), answered()],
        tools: vec![tool("weather", Some("Tells the weather."), true), tool("time", None, false)],
        tool_choice: ToolChoice::Tool("weather".to_owned()),
        parallel_tools: Some(false),
        output: Output::Schema { name: "place".to_owned(), schema },
        sampling: Sampling {
            max_tokens: Some(1_000),
            temperature: Some(0.5),
            top_p: Some(0.9),
            top_k: Some(40),
            stop: Vec::new(),
            seed: Some(7),
        },
        thinking: Thinking::Effort("low".to_owned()),
        extra: json!({"tier": "flex"}).as_object().cloned().unwrap_or_default(),
    }
}

fn asked() -> Message {
    let document = |media_type: &str, name: &str, bytes: &'static str| {
        let (media_type, name) = (media_type.to_owned(), name.to_owned());
        Content::Document(Document { media_type, name, bytes: Bytes::from(bytes) })
    };
    let content = vec![
        Content::Text("Where is this?".to_owned()),
        Content::Image(picture()),
        document("application/pdf", "map", "%PDF"),
        document("text/plain", "notes", "It is sunny."),
        Content::CachePoint,
    ];
    Message { role: Role::User, content }
}

fn wished(proof: &str) -> Message {
    let wish = |id: &str, name: &str, input: Value| {
        Content::ToolUse(ToolUse { id: id.to_owned(), name: name.to_owned(), input })
    };
    let thoughts = Reasoning::Text { text: "Look it up.".to_owned(), signature: Some(proof.to_owned()) };
    let content = vec![
        Content::Reasoning(thoughts),
        Content::Text("Let me see.".to_owned()),
        wish("call_1", "weather", json!({"city": "Ulm"})),
        wish("call_2", "time", Value::Null),
    ];
    Message { role: Role::Assistant, content }
}

fn answered() -> Message {
    let result =
        |id: &str, content, failed| Content::ToolResult(ToolResult { id: id.to_owned(), content, failed });
    let said = vec![
        ToolOutput::Text("Sunny".to_owned()),
        ToolOutput::Json(json!({"degrees": 21})),
        ToolOutput::Image(picture()),
    ];
    let content = vec![
        result("call_1", said, false),
        result("call_2", vec![ToolOutput::Text("no clock".to_owned())], true),
        Content::Text("And now?".to_owned()),
    ];
    Message { role: Role::User, content }
}

fn picture() -> Image {
    Image { media_type: "image/png".to_owned(), bytes: Bytes::from_static(b"PNG") }
}
