//! Anthropic's bodies there and back.

use inference::{Answer, BlockStart, Delta, Event, Reasoning, StopReason, ToolUse, Usage};
use serde_json::json;

use super::*;

const ABOUT: About<'static> = About { model: "anthropic.claude", id: "1-2", created: 0 };

fn wanted(body: Value) -> (Request, Box<dyn crate::family::Writer>) {
    match read(body, &ABOUT) {
        Ok(Wanted::Answer(request, writer)) => (*request, writer),
        Ok(Wanted::Vectors(..)) => panic!("an answer is wanted"),
        Err(fault) => panic!("{fault}"),
    }
}

#[test]
fn a_body_becomes_a_request() {
    let (request, _) = wanted(json!({
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 100,
        "system": [{ "type": "text", "text": "Be brief.", "cache_control": { "type": "ephemeral" } }],
        "messages": [
            { "role": "user", "content": "Hi" },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "Hm", "signature": "s" },
                { "type": "tool_use", "id": "t", "name": "look", "input": {} },
            ] },
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "t", "content": "7", "is_error": true }] },
        ],
        "tools": [{ "name": "look", "input_schema": { "type": "object" } }],
        "tool_choice": { "type": "any", "disable_parallel_tool_use": true },
        "thinking": { "type": "enabled", "budget_tokens": 1024 },
        "metadata": { "user_id": "u" },
    }));
    assert_eq!(request.system, ["Be brief."]);
    assert!(request.cache.system && !request.cache.tools);
    assert_eq!((request.tool_choice, request.parallel_tools), (ToolChoice::Any, Some(false)));
    assert_eq!((request.thinking, request.sampling.max_tokens), (Thinking::Budget(1024), Some(100)));
    let Content::ToolResult(result) = &request.messages[2].content[0] else {
        panic!("{:?}", request.messages)
    };
    assert!(result.failed);
    assert_eq!(request.extra.keys().collect::<Vec<_>>(), ["metadata"]);
}

#[test]
fn what_cannot_be_served_is_named() {
    let body = json!({ "messages": [{ "role": "user", "content": [{ "type": "container_upload", "file_id": "f" }] }] });
    let fault = read(body, &ABOUT).map(|_| ()).unwrap_err();
    assert!(
        fault.message().starts_with("body.messages[0].content[0]: cannot be served"),
        "{}",
        fault.message()
    );
}

#[test]
fn an_answer_becomes_a_message() {
    let (_, mut writer) = wanted(json!({ "messages": [] }));
    let wish = ToolUse { id: "t".to_owned(), name: "look".to_owned(), input: json!({ "at": 1 }) };
    let thought = Reasoning::Text { text: "Hm".to_owned(), signature: Some("s".to_owned()) };
    let message =
        Message { role: Role::Assistant, content: vec![Content::Reasoning(thought), Content::ToolUse(wish)] };
    let usage = Usage { input_tokens: 3, output_tokens: 4, ..Usage::default() };
    let body = writer.whole(Answer { message, stop: StopReason::ToolUse, usage }).unwrap();
    assert_eq!(body["content"][0], json!({ "type": "thinking", "thinking": "Hm", "signature": "s" }));
    assert_eq!(body["content"][1]["input"], json!({ "at": 1 }));
    assert_eq!((&body["stop_reason"], &body["usage"]["output_tokens"]), (&json!("tool_use"), &json!(4)));
}

#[test]
fn an_answer_that_arrives_is_told_step_by_step() {
    let (_, mut writer) = wanted(json!({ "messages": [] }));
    let text = |text: &str| Delta::Text(text.to_owned());
    let steps = [
        Event::Start,
        Event::BlockStart { index: 0, block: BlockStart::Reasoning },
        Event::Delta { index: 0, delta: Delta::Reasoning("Hm".to_owned()) },
        Event::BlockStop { index: 0 },
        Event::BlockStart { index: 1, block: BlockStart::Text },
        Event::Delta { index: 1, delta: text("Hi") },
        Event::BlockStop { index: 1 },
    ];
    let mut chunks: Vec<_> = steps.into_iter().flat_map(|event| writer.step(event)).collect();
    chunks.extend(writer.end(StopReason::EndTurn, Usage::default()));
    let types: Vec<_> = chunks.iter().map(|chunk| chunk["type"].as_str().unwrap()).collect();
    let block = ["content_block_start", "content_block_delta", "content_block_stop"];
    let expected = [&["message_start"], &block[..], &block, &["message_delta", "message_stop"]].concat();
    assert_eq!(types, expected);
    assert_eq!(chunks[1]["content_block"]["type"], "thinking");
    assert_eq!(chunks[5]["delta"]["text"], "Hi");
}
