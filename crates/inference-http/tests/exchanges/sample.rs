//! Requests with all that requests can have.

use bytes::Bytes;
use inference::{
    Cache, Content, Document, Image, Message, Output, Reasoning, Request, Role, Sampling, Thinking, Tool,
    ToolChoice, ToolOutput, ToolResult, ToolUse,
};
use serde_json::{Value, json};

/// A request that says `Hi`.
pub(crate) fn hi(model: &str) -> Request {
    Request { model: model.to_owned(), messages: vec![Message::text(Role::User, "Hi")], ..Request::default() }
}

/// A request with everything at once, with this proof of the model's thoughts.
pub(crate) fn everything(model: &str, proof: &str) -> Request {
    Request {
        model: model.to_owned(),
        system: vec!["You are terse.".to_owned(), String::new(), "You like Ulm.".to_owned()],
        messages: conversation(proof),
        tools: vec![
            Tool {
                name: "weather".to_owned(),
                description: Some("Tells the weather.".to_owned()),
                input_schema: city(),
                strict: true,
            },
            Tool {
                name: "time".to_owned(),
                description: None,
                input_schema: json!({"type": "object"}),
                strict: false,
            },
        ],
        tool_choice: ToolChoice::Auto,
        parallel_tools: Some(false),
        output: Output::Schema { name: "city".to_owned(), schema: city() },
        sampling: Sampling {
            max_tokens: Some(1000),
            temperature: Some(0.5),
            top_p: Some(0.9),
            top_k: Some(40),
            stop: vec!["END".to_owned()],
            seed: Some(7),
        },
        thinking: Thinking::Budget(2048),
        cache: Cache { tools: true, system: true },
        extra: json!({"metadata": {"user_id": "u1"}}).as_object().unwrap().clone(),
    }
}

fn conversation(proof: &str) -> Vec<Message> {
    let call = |id: &str, name: &str, input: Value| {
        Content::ToolUse(ToolUse { id: id.to_owned(), name: name.to_owned(), input })
    };
    vec![
        Message { role: Role::User, content: question() },
        Message {
            role: Role::Assistant,
            content: vec![
                Content::Reasoning(Reasoning::Text {
                    text: "Hm.".to_owned(),
                    signature: Some(proof.to_owned()),
                }),
                Content::Reasoning(Reasoning::Redacted(Bytes::from_static(b"c2VjcmV0"))),
                Content::Text("Let me look.".to_owned()),
                call("t1", "weather", json!({"city": "Ulm"})),
                call("t2", "time", Value::Null),
            ],
        },
        Message { role: Role::User, content: results() },
    ]
}

fn question() -> Vec<Content> {
    let document = |media_type: &str, name: &str, bytes: &'static [u8]| {
        Content::Document(Document {
            media_type: media_type.to_owned(),
            name: name.to_owned(),
            bytes: Bytes::from_static(bytes),
        })
    };
    vec![
        Content::Text("What is this?".to_owned()),
        Content::Image(png()),
        document("application/pdf", "report.pdf", b"%PDF-1.7"),
        document("text/markdown", "notes", b"# Ulm"),
        Content::CachePoint,
        Content::Text(" ".to_owned()),
    ]
}

fn results() -> Vec<Content> {
    let result = |id: &str, content: Vec<ToolOutput>, failed: bool| {
        Content::ToolResult(ToolResult { id: id.to_owned(), content, failed })
    };
    vec![
        result("t1", vec![ToolOutput::Json(json!({"sky": "grey"})), ToolOutput::Image(png())], false),
        result("t2", vec![ToolOutput::Text("no clock".to_owned()), ToolOutput::Json(json!([1, 2]))], true),
    ]
}

fn png() -> Image {
    Image { media_type: "image/png".to_owned(), bytes: Bytes::from_static(b"\x89PNG") }
}

fn city() -> Value {
    json!({
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": false,
    })
}
