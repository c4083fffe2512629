//! Events in the wire's order and words.

use futures_util::{StreamExt as _, stream};
use inference::{ErrorKind, ModelError, StopReason};
use restjson::IntoEvent as _;
use serde_json::{Value, json};
use stdx::SystemClock;

use super::*;

async fn told(events: Vec<Result<Event, ModelError>>) -> Vec<Result<(&'static str, Value), Fault>> {
    let clock = Arc::new(SystemClock);
    let begun = clock.now();
    let wire = on_the_wire(Box::pin(stream::iter(events)), None, clock, begun);
    wire.map(|event| event.map(Out::into_event)).collect().await
}

#[tokio::test]
async fn a_tool_use_is_told_as_bedrock_tells_it() {
    let block = BlockStart::ToolUse { id: "t".to_owned(), name: "look".to_owned() };
    let usage = Usage { input_tokens: 3, output_tokens: 4, cache_read_tokens: 2, cache_write_tokens: 0 };
    let events = [
        Event::Start,
        Event::BlockStart { index: 0, block: BlockStart::Text },
        Event::Delta { index: 0, delta: Delta::Text("Hm.".to_owned()) },
        Event::BlockStop { index: 0 },
        Event::BlockStart { index: 1, block },
        Event::Delta { index: 1, delta: Delta::ToolInput("{}".to_owned()) },
        Event::BlockStop { index: 1 },
        Event::Stop(StopReason::ToolUse),
        Event::Usage(usage),
    ];
    let told = told(events.map(Ok).into()).await;
    let told: Vec<_> = told.into_iter().map(Result::unwrap).collect();
    let start =
        json!({ "start": { "toolUse": { "toolUseId": "t", "name": "look" } }, "contentBlockIndex": 1 });
    let expected = [
        ("messageStart", json!({ "role": "assistant" })),
        ("contentBlockDelta", json!({ "delta": { "text": "Hm." }, "contentBlockIndex": 0 })),
        ("contentBlockStop", json!({ "contentBlockIndex": 0 })),
        ("contentBlockStart", start),
        ("contentBlockDelta", json!({ "delta": { "toolUse": { "input": "{}" } }, "contentBlockIndex": 1 })),
        ("contentBlockStop", json!({ "contentBlockIndex": 1 })),
        ("messageStop", json!({ "stopReason": "tool_use" })),
    ];
    assert_eq!(told[..7], expected);
    assert_eq!((told[7].0, &told[7].1["usage"]["totalTokens"]), ("metadata", &json!(9)));
}

#[tokio::test]
async fn nothing_follows_a_failure() {
    let error = ModelError::new(ErrorKind::Unavailable, "broke off");
    let told = told(vec![Ok(Event::Start), Err(error)]).await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[1].as_ref().unwrap_err().message(), "broke off");
}
