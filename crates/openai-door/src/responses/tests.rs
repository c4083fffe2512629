use expect_test::{Expect, expect};
use futures_util::stream;
use inference::{
    Answer, BlockStart, Content, Delta, ErrorKind, Event, Events, ModelError, Reasoning, StopReason, Usage,
};
use serde_json::Value;

use crate::{Call, Stamp};

fn stamp() -> Stamp {
    Stamp { id: "x".to_owned(), created: 7 }
}

fn events(events: Vec<Result<Event, ModelError>>) -> Events {
    Box::pin(stream::iter(events))
}

fn rich() -> Vec<Event> {
    let tool = BlockStart::ToolUse { id: "t1".to_owned(), name: "weather".to_owned() };
    let delta = |index, delta| Event::Delta { index, delta };
    let usage = Usage { input_tokens: 3, output_tokens: 5, cache_read_tokens: 2, cache_write_tokens: 0 };
    vec![
        Event::Start,
        Event::BlockStart { index: 0, block: BlockStart::Reasoning },
        delta(0, Delta::Reasoning("Hm.".into())),
        delta(0, Delta::ReasoningSignature("proof".into())),
        Event::BlockStop { index: 0 },
        Event::BlockStart { index: 1, block: BlockStart::Text },
        delta(1, Delta::Text("Let ".into())),
        delta(1, Delta::Text("me".into())),
        Event::BlockStop { index: 1 },
        Event::BlockStart { index: 2, block: tool },
        delta(2, Delta::ToolInput("{\"city\":".into())),
        delta(2, Delta::ToolInput("\"Ulm\"}".into())),
        Event::BlockStop { index: 2 },
        Event::Stop(StopReason::ToolUse),
        Event::Usage(usage),
    ]
}

/// The steps of a stream, without the response object, which has a test of its own.
async fn steps(answer: Vec<Result<Event, ModelError>>) -> Vec<Value> {
    let (_, _, writer) = Call::responses(br#"{"model":"m","input":"Hi","stream":true}"#).unwrap().split();
    let bytes = writer.stream(&stamp(), events(answer)).collect(1 << 20).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let frames = text.split_terminator("\n\n").map(|frame| {
        let (name, data) = frame.split_once('\n').unwrap();
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(name.strip_prefix("event: ").unwrap(), data["type"]);
        data
    });
    frames.collect()
}

fn shown(steps: &[Value]) -> String {
    let lines = steps.iter().map(|step| {
        let mut step = step.clone();
        if let Some(response) = step.get_mut("response") {
            let output = response["output"].as_array().unwrap().len();
            *response = format!("{}, {output} items", response["status"]).into();
        }
        step.to_string() + "\n"
    });
    lines.collect()
}

fn request(body: &str, expected: &Expect) {
    let told = match Call::responses(body.as_bytes()) {
        Ok(call) => format!("{:#?}", call.request),
        Err(refusal) => format!("{} {}", refusal.status, refusal.to_value()),
    };
    expected.assert_eq(&told);
}

#[tokio::test]
async fn an_answer_comes_step_by_step() {
    let steps = steps(rich().into_iter().map(Ok).collect()).await;
    expect![[r#"
        {"type":"response.created","sequence_number":0,"response":"\"in_progress\", 0 items"}
        {"type":"response.in_progress","sequence_number":1,"response":"\"in_progress\", 0 items"}
        {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"type":"reasoning","id":"rs_x_0","status":"in_progress","summary":[],"content":[],"encrypted_content":null}}
        {"type":"response.content_part.added","sequence_number":3,"item_id":"rs_x_0","output_index":0,"content_index":0,"part":{"type":"reasoning_text","text":""}}
        {"type":"response.reasoning_text.delta","sequence_number":4,"item_id":"rs_x_0","output_index":0,"content_index":0,"delta":"Hm."}
        {"type":"response.reasoning_text.done","sequence_number":5,"item_id":"rs_x_0","output_index":0,"content_index":0,"text":"Hm."}
        {"type":"response.content_part.done","sequence_number":6,"item_id":"rs_x_0","output_index":0,"content_index":0,"part":{"type":"reasoning_text","text":"Hm."}}
        {"type":"response.output_item.done","sequence_number":7,"output_index":0,"item":{"type":"reasoning","id":"rs_x_0","status":"completed","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"encrypted_content":"eyJzaWduYXR1cmUiOiJwcm9vZiIsInRleHQiOiJIbS4ifQ=="}}
        {"type":"response.output_item.added","sequence_number":8,"output_index":1,"item":{"type":"message","id":"msg_x_1","status":"in_progress","role":"assistant","content":[]}}
        {"type":"response.content_part.added","sequence_number":9,"item_id":"msg_x_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}
        {"type":"response.output_text.delta","sequence_number":10,"item_id":"msg_x_1","output_index":1,"content_index":0,"delta":"Let ","logprobs":[]}
        {"type":"response.output_text.delta","sequence_number":11,"item_id":"msg_x_1","output_index":1,"content_index":0,"delta":"me","logprobs":[]}
        {"type":"response.output_text.done","sequence_number":12,"item_id":"msg_x_1","output_index":1,"content_index":0,"text":"Let me","logprobs":[]}
        {"type":"response.content_part.done","sequence_number":13,"item_id":"msg_x_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"Let me","annotations":[],"logprobs":[]}}
        {"type":"response.output_item.done","sequence_number":14,"output_index":1,"item":{"type":"message","id":"msg_x_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Let me","annotations":[],"logprobs":[]}]}}
        {"type":"response.output_item.added","sequence_number":15,"output_index":2,"item":{"type":"function_call","id":"fc_x_2","status":"in_progress","call_id":"t1","name":"weather","arguments":""}}
        {"type":"response.function_call_arguments.delta","sequence_number":16,"item_id":"fc_x_2","output_index":2,"delta":"{\"city\":"}
        {"type":"response.function_call_arguments.delta","sequence_number":17,"item_id":"fc_x_2","output_index":2,"delta":"\"Ulm\"}"}
        {"type":"response.function_call_arguments.done","sequence_number":18,"item_id":"fc_x_2","output_index":2,"arguments":"{\"city\":\"Ulm\"}","name":"weather"}
        {"type":"response.output_item.done","sequence_number":19,"output_index":2,"item":{"type":"function_call","id":"fc_x_2","status":"completed","call_id":"t1","name":"weather","arguments":"{\"city\":\"Ulm\"}"}}
        {"type":"response.completed","sequence_number":20,"response":"\"completed\", 3 items"}
    "#]].assert_eq(&shown(&steps));
}

#[tokio::test]
async fn the_last_step_holds_what_a_whole_answer_would() {
    let steps = steps(rich().into_iter().map(Ok).collect()).await;
    let (_, _, writer) = Call::responses(br#"{"model":"m","input":"Hi"}"#).unwrap().split();
    let answer = Answer::collect(events(rich().into_iter().map(Ok).collect())).await.unwrap();
    let document = writer.document(&stamp(), &answer).unwrap();
    let document: Value = serde_json::from_slice(&document).unwrap();
    let last = &steps.last().unwrap()["response"];
    assert_eq!(*last, document);
    expect![[r#"
        {
          "id": "resp_x",
          "object": "response",
          "created_at": 7,
          "model": "m",
          "instructions": null,
          "max_output_tokens": null,
          "max_tool_calls": null,
          "metadata": {},
          "parallel_tool_calls": true,
          "prompt_cache_key": null,
          "reasoning": {
            "effort": null,
            "summary": null
          },
          "temperature": null,
          "text": {
            "format": {
              "type": "text"
            }
          },
          "tool_choice": "auto",
          "tools": [],
          "top_p": null,
          "truncation": "disabled",
          "user": null,
          "previous_response_id": null,
          "background": false,
          "store": false,
          "status": "completed",
          "error": null,
          "incomplete_details": null,
          "output": [
            {
              "type": "reasoning",
              "id": "rs_x_0",
              "status": "completed",
              "summary": [],
              "content": [
                {
                  "type": "reasoning_text",
                  "text": "Hm."
                }
              ],
              "encrypted_content": "eyJzaWduYXR1cmUiOiJwcm9vZiIsInRleHQiOiJIbS4ifQ=="
            },
            {
              "type": "message",
              "id": "msg_x_1",
              "status": "completed",
              "role": "assistant",
              "content": [
                {
                  "type": "output_text",
                  "text": "Let me",
                  "annotations": [],
                  "logprobs": []
                }
              ]
            },
            {
              "type": "function_call",
              "id": "fc_x_2",
              "status": "completed",
              "call_id": "t1",
              "name": "weather",
              "arguments": "{\"city\":\"Ulm\"}"
            }
          ],
          "usage": {
            "input_tokens": 5,
            "input_tokens_details": {
              "cached_tokens": 2,
              "cache_write_tokens": 0
            },
            "output_tokens": 5,
            "output_tokens_details": {
              "reasoning_tokens": 0
            },
            "total_tokens": 10
          }
        }"#]]
    .assert_eq(&format!("{document:#}"));
}

#[tokio::test]
async fn thoughts_come_back_as_they_were() {
    let steps = steps(rich().into_iter().map(Ok).collect()).await;
    let output = steps.last().unwrap()["response"]["output"].clone();
    let mut input = vec![serde_json::json!({ "role": "user", "content": "Hi" })];
    input.extend(output.as_array().unwrap().iter().cloned());
    input.push(serde_json::json!({ "type": "function_call_output", "call_id": "t1", "output": "rain" }));
    let body = serde_json::json!({ "model": "m", "input": input }).to_string();
    let request = Call::responses(body.as_bytes()).unwrap().request;
    let thought = Reasoning::Text { text: "Hm.".to_owned(), signature: Some("proof".to_owned()) };
    assert_eq!(request.messages[1].content[0], Content::Reasoning(thought));
    assert_eq!(request.messages.len(), 3);
}

#[tokio::test]
async fn thoughts_that_nobody_can_read_come_back_whole() {
    let redacted = |byte| Ok(Event::Delta { index: 0, delta: Delta::ReasoningRedacted(vec![byte].into()) });
    let begin = Event::BlockStart { index: 0, block: BlockStart::Reasoning };
    let end = [Event::BlockStop { index: 0 }, Event::Stop(StopReason::EndTurn)];
    let mut answer = vec![Ok(begin), redacted(1), redacted(2)];
    answer.extend(end.map(Ok));
    let item = steps(answer).await.last().unwrap()["response"]["output"][0].clone();
    assert_eq!(item["content"], serde_json::json!([]));
    let opaque = item["encrypted_content"].as_str().unwrap();
    assert_eq!(super::item::unpack(opaque), Some(Reasoning::Redacted(vec![1, 2].into())));
}

#[tokio::test]
async fn what_breaks_off_is_told_and_ended() {
    let error = || ModelError::new(ErrorKind::Throttled { retry_after: None }, "Too many.");
    let begun = steps(vec![Ok(Event::Start), Err(error())]).await;
    expect![[r#"
        {"type":"response.created","sequence_number":0,"response":"\"in_progress\", 0 items"}
        {"type":"response.in_progress","sequence_number":1,"response":"\"in_progress\", 0 items"}
        {"type":"error","sequence_number":2,"code":"rate_limit_exceeded","message":"Too many.","param":null}
        {"type":"response.failed","sequence_number":3,"response":"\"failed\", 0 items"}
    "#]]
    .assert_eq(&shown(&begun));
    let never = steps(vec![Err(error())]).await;
    expect![[r#"
        {"type":"error","sequence_number":0,"code":"rate_limit_exceeded","message":"Too many.","param":null}
    "#]]
    .assert_eq(&shown(&never));
    let cut = steps(vec![Ok(Event::Start), Ok(Event::Stop(StopReason::MaxTokens))]).await;
    assert_eq!(cut.last().unwrap()["response"]["incomplete_details"]["reason"], "max_output_tokens");
}

#[test]
fn items_become_turns() {
    request(
        r#"{"model":"m","instructions":"Be kind.","input":[
            {"role":"developer","content":"Be brief."},
            {"type":"message","role":"user","content":[{"type":"input_text","text":"Look"},
                {"type":"input_image","image_url":"data:image/png;base64,AAE=","detail":"auto"}]},
            {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"not ours"},
            {"type":"message","id":"msg_1","role":"assistant","status":"completed",
                "content":[{"type":"output_text","text":"I see","annotations":[]}]},
            {"type":"function_call","id":"fc_1","call_id":"t1","name":"weather","arguments":"{}"},
            {"type":"function_call_output","call_id":"t1","output":[{"type":"input_text","text":"rain"}]}],
          "tools":[{"type":"function","name":"weather","parameters":null,"strict":true}],"tool_choice":"required",
          "text":{"format":{"type":"json_object"}},"reasoning":{"effort":"high","summary":"auto"},
          "max_output_tokens":9,"store":true,"previous_response_id":null,"include":[]}"#,
        &expect![[r#"
            Request {
                model: "m",
                system: [
                    "Be kind.",
                    "Be brief.",
                ],
                messages: [
                    Message {
                        role: User,
                        content: [
                            Text(
                                "Look",
                            ),
                            Image(
                                Image {
                                    media_type: "image/png",
                                    bytes: b"\0\x01",
                                },
                            ),
                        ],
                    },
                    Message {
                        role: Assistant,
                        content: [
                            Text(
                                "I see",
                            ),
                            ToolUse(
                                ToolUse {
                                    id: "t1",
                                    name: "weather",
                                    input: Object {},
                                },
                            ),
                        ],
                    },
                    Message {
                        role: User,
                        content: [
                            ToolResult(
                                ToolResult {
                                    id: "t1",
                                    content: [
                                        Text(
                                            "rain",
                                        ),
                                    ],
                                    failed: false,
                                },
                            ),
                        ],
                    },
                ],
                tools: [
                    Tool {
                        name: "weather",
                        description: None,
                        input_schema: Object {
                            "type": String("object"),
                            "properties": Object {},
                        },
                        strict: true,
                    },
                ],
                tool_choice: Any,
                parallel_tools: None,
                output: Json,
                sampling: Sampling {
                    max_tokens: Some(
                        9,
                    ),
                    temperature: None,
                    top_p: None,
                    top_k: None,
                    stop: [],
                    seed: None,
                },
                thinking: Effort(
                    "high",
                ),
                cache: Cache {
                    tools: false,
                    system: false,
                },
                extra: {},
            }"#]],
    );
}

#[test]
fn what_needs_memory_or_hosted_tools_is_refused() {
    for (body, expected) in [
        (
            r#"{"model":"m","input":"a","previous_response_id":"resp_1"}"#,
            expect![[
                r#"400 {"message":"previous_response_id: is not supported: nothing is stored here; send the whole conversation as `input`","type":"invalid_request_error","param":"previous_response_id","code":null}"#
            ]],
        ),
        (
            r#"{"model":"m","input":"a","conversation":"c"}"#,
            expect![[
                r#"400 {"message":"conversation: is not supported: nothing is stored here; send the whole conversation as `input`","type":"invalid_request_error","param":"conversation","code":null}"#
            ]],
        ),
        (
            r#"{"model":"m","input":"a","background":true}"#,
            expect![[
                r#"400 {"message":"background: is not supported: nothing is stored here; send the whole conversation as `input`","type":"invalid_request_error","param":"background","code":null}"#
            ]],
        ),
        (
            r#"{"model":"m","input":"a","tools":[{"type":"web_search"}]}"#,
            expect![[
                r#"400 {"message":"tools[0]: tools of type web_search are not hosted here; declare a function","type":"invalid_request_error","param":"tools[0]","code":null}"#
            ]],
        ),
        (
            r#"{"model":"m","input":[{"type":"item_reference","id":"i"}]}"#,
            expect![[
                r#"400 {"message":"input[0]: items of type item_reference are not supported: nothing is stored here, and no tools are hosted at line 1 column 57","type":"invalid_request_error","param":"input[0]","code":null}"#
            ]],
        ),
        (
            r#"{"model":"m","input":[]}"#,
            expect![[
                r#"400 {"message":"input: must hold at least one message that is said to the model","type":"invalid_request_error","param":"input","code":null}"#
            ]],
        ),
        (
            r#"{"model":"m","input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}"#,
            expect![[
                r#"400 {"message":"input[0].content[0]: no files are kept here, and none are fetched; send the content as a `data:` URL","type":"invalid_request_error","param":"input[0].content[0]","code":null}"#
            ]],
        ),
        (
            r#"{"model":"m"}"#,
            expect![[
                r#"400 {"message":"missing field `input` at line 1 column 13","type":"invalid_request_error","param":null,"code":null}"#
            ]],
        ),
    ] {
        request(body, &expected);
    }
}
