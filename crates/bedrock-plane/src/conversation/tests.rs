//! Conversations of the wire as the port has them.

use inference::{Cache, Content, Output, Reasoning, Thinking, ToolChoice, ToolOutput};
use restjson::from_document;
use serde_json::json;

use super::*;

/// The request of a document as a client sends it.
fn read(mut document: Value) -> Result<Request> {
    document["modelId"] = "default".into();
    let input: wire::ConverseRequest = from_document(document)?;
    let conversation = Conversation {
        model: input.model_id,
        messages: input.messages,
        system: input.system,
        inference: input.inference_config,
        tools: input.tool_config,
        output: input.output_config,
        additional: input.additional_model_request_fields,
        has_variables: input.prompt_variables.is_some(),
    };
    conversation.into_request().map(|(request, _)| request)
}

fn content(block: &Value) -> Result<Content> {
    let request = read(json!({ "messages": [{ "role": "user", "content": [block] }] }))?;
    Ok(request.messages[0].content[0].clone())
}

#[test]
fn settings_have_their_places() {
    let request = read(json!({
        "messages": [
            { "role": "system", "content": [{ "text": "Be kind." }] },
            { "role": "user", "content": [{ "text": "Hi" }] },
        ],
        "system": [{ "text": "Be brief." }, { "cachePoint": { "type": "default" } }],
        "inferenceConfig": { "maxTokens": 9, "temperature": 0.5, "topP": 0.9, "stopSequences": ["x"] },
        "toolConfig": {
            "tools": [{ "toolSpec": { "name": "look", "inputSchema": { "json": { "type": "object" } }, "strict": true } }],
            "toolChoice": { "tool": { "name": "look" } },
        },
        "outputConfig": { "textFormat": {
            "type": "json_schema",
            "structure": { "jsonSchema": { "schema": "{\"type\":\"object\"}", "name": "place" } },
        } },
        "additionalModelRequestFields": {
            "thinking": { "type": "enabled", "budget_tokens": 2048 },
            "inferenceConfig": { "topK": 20 },
            "anthropic_beta": ["x"],
        },
    }))
    .unwrap();
    assert_eq!(request.system, ["Be brief.", "Be kind."]);
    assert_eq!(request.cache, Cache { tools: false, system: true });
    assert_eq!((request.sampling.max_tokens, request.sampling.top_k), (Some(9), Some(20)));
    assert_eq!(request.tool_choice, ToolChoice::Tool("look".to_owned()));
    assert!(request.tools[0].strict);
    let schema = json!({ "type": "object" });
    assert_eq!(request.output, Output::Schema { name: "place".to_owned(), schema });
    assert_eq!(request.thinking, Thinking::Budget(2048));
    assert_eq!(Value::Object(request.extra), json!({ "anthropic_beta": ["x"] }));
}

#[test]
fn blocks_have_their_kinds() {
    let image = content(&json!({ "image": { "format": "png", "source": { "bytes": "aGk=" } } })).unwrap();
    let Content::Image(image) = image else { panic!("{image:?}") };
    assert_eq!((image.media_type.as_str(), &image.bytes[..]), ("image/png", &b"hi"[..]));
    let document = json!({ "document": { "name": "notes", "source": { "text": "words" } } });
    let Content::Document(document) = content(&document).unwrap() else { panic!("no document") };
    assert_eq!((document.media_type.as_str(), document.name.as_str()), ("text/plain", "notes"));
    let result = json!({ "toolResult": {
        "toolUseId": "t", "status": "error", "content": [{ "json": { "a": 1 } }, { "text": "b" }],
    } });
    let Content::ToolResult(result) = content(&result).unwrap() else { panic!("no result") };
    let expected = [ToolOutput::Json(json!({ "a": 1 })), ToolOutput::Text("b".to_owned())];
    assert_eq!((result.failed, &result.content[..]), (true, &expected[..]));
    let thought = json!({ "reasoningContent": { "reasoningText": { "text": "Hm", "signature": "s" } } });
    let expected = Reasoning::Text { text: "Hm".to_owned(), signature: Some("s".to_owned()) };
    assert_eq!(content(&thought).unwrap(), Content::Reasoning(expected));
    let guarded = json!({ "guardContent": { "text": { "text": "look at this" } } });
    assert_eq!(content(&guarded).unwrap(), Content::Text("look at this".to_owned()));
}

#[test]
fn what_no_provider_takes_is_named() {
    for (block, named) in [
        (
            json!({ "video": { "format": "mp4", "source": { "bytes": "aGk=" } } }),
            "messages[0].content[0].video",
        ),
        (
            json!({ "audio": { "format": "mp3", "source": { "bytes": "aGk=" } } }),
            "messages[0].content[0].audio",
        ),
        (
            json!({ "image": { "format": "png", "source": { "s3Location": { "uri": "s3://bucket/a.png" } } } }),
            "messages[0].content[0].image.source.s3Location",
        ),
        (
            json!({ "document": { "name": "a", "source": { "bytes": "aGk=" } } }),
            "messages[0].content[0].document.format",
        ),
    ] {
        let fault = content(&block).unwrap_err();
        assert!(fault.message().starts_with(&format!("{named}: ")), "{}", fault.message());
    }
    let refused = |document| read(document).unwrap_err().message().to_owned();
    assert!(refused(json!({})).starts_with("messages: "));
    let hello = json!([{ "role": "user", "content": [{ "text": "Hi" }] }]);
    let variables = json!({ "messages": hello, "promptVariables": { "a": { "text": "b" } } });
    assert!(refused(variables).starts_with("promptVariables: "));
    let tools = json!({ "tools": [{ "systemTool": { "name": "nova_grounding" } }] });
    assert!(refused(json!({ "messages": hello, "toolConfig": tools })).contains("systemTool"));
}
