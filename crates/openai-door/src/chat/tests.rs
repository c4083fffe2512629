use expect_test::{Expect, expect};
use futures_util::stream;
use inference::{
    Answer, BlockStart, Content, Delta, ErrorKind, Event, Events, ModelError, Role, StopReason, Usage,
};

use crate::{Call, Stamp};

fn request(body: &str, expected: &Expect) {
    let told = match Call::chat(body.as_bytes()) {
        Ok(call) => format!("{:#?}", call.request),
        Err(refusal) => format!("{} {}", refusal.status, refusal.to_value()),
    };
    expected.assert_eq(&told);
}

fn with(member: &str) -> String {
    format!(r#"{{"model":"default","messages":[{{"role":"user","content":"Hi"}}],{member}}}"#)
}

fn stamp() -> Stamp {
    Stamp { id: "x".to_owned(), created: 7 }
}

fn events(events: Vec<Result<Event, ModelError>>) -> Events {
    Box::pin(stream::iter(events))
}

/// Thoughts, text and two wishes.
fn rich() -> Vec<Event> {
    let block = |index, block, deltas: Vec<Delta>| {
        let start = Event::BlockStart { index, block };
        let deltas = deltas.into_iter().map(move |delta| Event::Delta { index, delta });
        std::iter::once(start).chain(deltas).chain([Event::BlockStop { index }]).collect::<Vec<_>>()
    };
    let tool = |id: &str| BlockStart::ToolUse { id: id.to_owned(), name: "weather".to_owned() };
    let mut events = vec![Event::Start];
    events.extend(block(0, BlockStart::Reasoning, vec![Delta::Reasoning("Hm.".into())]));
    events.extend(block(1, BlockStart::Text, vec![Delta::Text("Let ".into()), Delta::Text("me\n".into())]));
    let halves = ["{\"city\":", "\"Ulm\"}"].map(|half| Delta::ToolInput(half.into()));
    events.extend(block(2, tool("t1"), halves.to_vec()));
    events.extend(block(3, tool("t2"), vec![]));
    let usage = Usage { input_tokens: 3, output_tokens: 5, cache_read_tokens: 2, cache_write_tokens: 1 };
    events.extend([Event::Stop(StopReason::ToolUse), Event::Usage(usage)]);
    events
}

async fn streamed(body: &str, answer: Vec<Result<Event, ModelError>>, expected: &Expect) {
    let (_, _, writer) = Call::chat(body.as_bytes()).unwrap().split();
    assert!(writer.streams());
    let bytes = writer.stream(&stamp(), events(answer)).collect(1 << 20).await.unwrap();
    expected.assert_eq(std::str::from_utf8(&bytes).unwrap());
}

#[tokio::test]
async fn an_answer_comes_chunk_by_chunk() {
    let body = with(r#""stream":true"#);
    streamed(&body, rich().into_iter().map(Ok).collect(), &expect![[r#"
        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"reasoning_content":"Hm."},"logprobs":null,"finish_reason":null}]}

        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"content":"Let "},"logprobs":null,"finish_reason":null}]}

        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"content":"me\n"},"logprobs":null,"finish_reason":null}]}

        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"weather","arguments":""}}]},"logprobs":null,"finish_reason":null}]}

        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]},"logprobs":null,"finish_reason":null}]}

        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Ulm\"}"}}]},"logprobs":null,"finish_reason":null}]}

        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"t2","type":"function","function":{"name":"weather","arguments":""}}]},"logprobs":null,"finish_reason":null}]}

        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]}

        data: [DONE]

    "#]]).await;
}

#[tokio::test]
async fn usage_comes_last_if_it_is_asked_for() {
    let body = with(r#""stream":true,"stream_options":{"include_usage":true}"#);
    let usage = Usage { input_tokens: 3, output_tokens: 5, ..Usage::default() };
    let answer = [Event::Start, Event::Stop(StopReason::MaxTokens), Event::Usage(usage)];
    streamed(&body, answer.into_iter().map(Ok).collect(), &expect![[r#"
        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}

        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}],"usage":null}

        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0}}}

        data: [DONE]

    "#]]).await;
}

#[tokio::test]
async fn an_error_ends_the_stream() {
    let body = with(r#""stream":true"#);
    let error = || Err(ModelError::new(ErrorKind::Unavailable, "The provider broke off."));
    streamed(&body, vec![Ok(Event::Start), error(), Ok(Event::Start)], &expect![[r#"
        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

        data: {"error":{"message":"The provider broke off.","type":"server_error","param":null,"code":"service_unavailable"}}

    "#]]).await;
    let malformed = Ok(Event::Stop(StopReason::MalformedToolUse));
    streamed(&body, vec![Ok(Event::Start), malformed], &expect![[r#"
        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

        data: {"error":{"message":"The model's answer ended as malformed_tool_use: it is not what its format asks for.","type":"server_error","param":null,"code":"model_error"}}

    "#]]).await;
    streamed(&body, vec![Ok(Event::Start)], &expect![[r#"
        data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":7,"model":"default","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

        data: {"error":{"message":"The model's answer cannot be passed on: it ended before its end.","type":"server_error","param":null,"code":"model_error"}}

    "#]]).await;
}

#[tokio::test]
async fn a_whole_answer_is_one_document() {
    let (_, _, writer) = Call::chat(with(r#""stream":false"#).as_bytes()).unwrap().split();
    assert!(!writer.streams());
    let answer = Answer::collect(events(rich().into_iter().map(Ok).collect())).await.unwrap();
    let document = writer.document(&stamp(), &answer).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
    expect![[r#"
        {
          "id": "chatcmpl-x",
          "object": "chat.completion",
          "created": 7,
          "model": "default",
          "choices": [
            {
              "index": 0,
              "message": {
                "role": "assistant",
                "content": "Let me\n",
                "refusal": null,
                "reasoning_content": "Hm.",
                "tool_calls": [
                  {
                    "id": "t1",
                    "type": "function",
                    "function": {
                      "name": "weather",
                      "arguments": "{\"city\":\"Ulm\"}"
                    }
                  },
                  {
                    "id": "t2",
                    "type": "function",
                    "function": {
                      "name": "weather",
                      "arguments": "{}"
                    }
                  }
                ]
              },
              "logprobs": null,
              "finish_reason": "tool_calls"
            }
          ],
          "usage": {
            "prompt_tokens": 6,
            "completion_tokens": 5,
            "total_tokens": 11,
            "prompt_tokens_details": {
              "cached_tokens": 2,
              "cache_write_tokens": 1
            }
          }
        }"#]]
    .assert_eq(&format!("{document:#}"));
}

#[test]
fn every_role_finds_its_place() {
    let body = r#"{"model":"m","messages":[
        {"role":"system","content":"Be kind."},
        {"role":"developer","content":[{"type":"text","text":"Be "},{"type":"text","text":"brief."}]},
        {"role":"user","content":"Weather?","name":"anna"},
        {"role":"assistant","content":null,"tool_calls":[
            {"id":"t1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Ulm\"}"}},
            {"id":"t2","type":"function","function":{"name":"now","arguments":""}}]},
        {"role":"tool","tool_call_id":"t1","content":"rain"},
        {"role":"tool","tool_call_id":"t2","content":[{"type":"text","text":"noon"}]},
        {"role":"user","content":[
            {"type":"text","text":"And this?"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAE=","detail":"low"}},
            {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AAE="}}]}
    ]}"#;
    let request = Call::chat(body.as_bytes()).unwrap().request;
    assert_eq!(request.system, ["Be kind.", "Be brief."]);
    let roles: Vec<_> = request.messages.iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::User], "the sides alternate");
    let Content::ToolUse(wish) = &request.messages[1].content[1] else { panic!("{request:?}") };
    assert_eq!((wish.id.as_str(), wish.input.to_string().as_str()), ("t2", "{}"));
    expect![[r#"
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
                ToolResult(
                    ToolResult {
                        id: "t2",
                        content: [
                            Text(
                                "noon",
                            ),
                        ],
                        failed: false,
                    },
                ),
                Text(
                    "And this?",
                ),
                Image(
                    Image {
                        media_type: "image/png",
                        bytes: b"\0\x01",
                    },
                ),
                Document(
                    Document {
                        media_type: "application/pdf",
                        name: "a.pdf",
                        bytes: b"\0\x01",
                    },
                ),
            ],
        }"#]]
    .assert_eq(&format!("{:#?}", request.messages[2]));
}

#[test]
fn every_wish_is_passed_on() {
    request(
        &with(
            r#""tools":[{"type":"function","function":{"name":"now"}},
                {"type":"function","function":{"name":"weather","description":"Tells it.","strict":true,
                    "parameters":{"type":"object"}}}],
            "tool_choice":{"type":"function","function":{"name":"now"}},"parallel_tool_calls":false,
            "response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"}}},
            "max_tokens":5,"max_completion_tokens":6,"temperature":0.5,"top_p":0.9,"stop":"END","seed":-4,
            "reasoning_effort":"low","n":1,"logit_bias":{"1":2},"unheard_of":[{}]"#,
        ),
        &expect![[r#"
            Request {
                model: "default",
                system: [],
                messages: [
                    Message {
                        role: User,
                        content: [
                            Text(
                                "Hi",
                            ),
                        ],
                    },
                ],
                tools: [
                    Tool {
                        name: "now",
                        description: None,
                        input_schema: Object {
                            "type": String("object"),
                            "properties": Object {},
                        },
                        strict: false,
                    },
                    Tool {
                        name: "weather",
                        description: Some(
                            "Tells it.",
                        ),
                        input_schema: Object {
                            "type": String("object"),
                        },
                        strict: true,
                    },
                ],
                tool_choice: Tool(
                    "now",
                ),
                parallel_tools: Some(
                    false,
                ),
                output: Schema {
                    name: "s",
                    schema: Object {
                        "type": String("object"),
                    },
                },
                sampling: Sampling {
                    max_tokens: Some(
                        6,
                    ),
                    temperature: Some(
                        0.5,
                    ),
                    top_p: Some(
                        0.9,
                    ),
                    top_k: None,
                    stop: [
                        "END",
                    ],
                    seed: Some(
                        -4,
                    ),
                },
                thinking: Effort(
                    "low",
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
fn what_is_not_served_is_told() {
    let content = |part: &str| {
        format!(
            r#"{{"model":"m","messages":[{{"role":"user","content":[{{"type":"text","text":"a"}},{part}]}}]}}"#
        )
    };
    for (body, expected) in [
        (
            with(r#""n":2"#),
            expect![[
                r#"400 {"message":"n: only one answer is made at a time; send the request once for each","type":"invalid_request_error","param":"n","code":null}"#
            ]],
        ),
        (
            with(r#""functions":[]"#),
            expect![[
                r#"400 {"message":"functions: is not supported; declare functions as `tools`","type":"invalid_request_error","param":"functions","code":null}"#
            ]],
        ),
        (
            with(r#""tool_choice":{"type":"allowed_tools"}"#),
            expect![[
                r#"400 {"message":"tool_choice: must be none, auto, required or {\"type\": \"function\", \"function\": {…}} at line 1 column 102","type":"invalid_request_error","param":"tool_choice","code":null}"#
            ]],
        ),
        (
            with(r#""tools":[{"type":"custom","custom":{}}]"#),
            expect![[
                r#"400 {"message":"tools[0].type: unknown variant `custom`, expected `function` at line 1 column 88","type":"invalid_request_error","param":"tools[0].type","code":null}"#
            ]],
        ),
        (
            content(r#"{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}"#),
            expect![[
                r#"400 {"message":"messages[0].content[1].image_url.url: pictures are not fetched; send the bytes as a `data:` URL","type":"invalid_request_error","param":"messages[0].content[1].image_url.url","code":null}"#
            ]],
        ),
        (
            content(r#"{"type":"input_audio","input_audio":{}}"#),
            expect![[
                r#"400 {"message":"messages[0]: unknown variant `input_audio`, expected one of `text`, `image_url`, `file` at line 1 column 120","type":"invalid_request_error","param":"messages[0]","code":null}"#
            ]],
        ),
        (
            content(r#"{"type":"file","file":{"file_id":"f"}}"#),
            expect![[
                r#"400 {"message":"messages[0].content[1].file: no files are kept here; send the content as `file_data`","type":"invalid_request_error","param":"messages[0].content[1].file","code":null}"#
            ]],
        ),
        (
            r#"{"model":"m","messages":[]}"#.to_owned(),
            expect![[
                r#"400 {"message":"messages: must hold at least one message that is said to the model","type":"invalid_request_error","param":"messages","code":null}"#
            ]],
        ),
        (
            r#"{"model":"m","messages":[{"role":"system","content":"a"}]}"#.to_owned(),
            expect![[
                r#"400 {"message":"messages: must hold at least one message that is said to the model","type":"invalid_request_error","param":"messages","code":null}"#
            ]],
        ),
        (
            r#"{"messages":[]}"#.to_owned(),
            expect![[
                r#"400 {"message":"missing field `model` at line 1 column 15","type":"invalid_request_error","param":null,"code":null}"#
            ]],
        ),
        (
            r#"{"model":"m","messages":[{"role":"assistant","tool_calls":[
                {"id":"t","function":{"name":"n","arguments":"{"}}]}]}"#
                .to_owned(),
            expect![[
                r#"400 {"message":"messages[0].tool_calls[0].function.arguments: must be the text of a JSON object (EOF while parsing an object at line 1 column 1)","type":"invalid_request_error","param":"messages[0].tool_calls[0].function.arguments","code":null}"#
            ]],
        ),
    ] {
        request(&body, &expected);
    }
}

#[test]
fn callers_are_named() {
    let body = with(r#""user":"anna","metadata":{"agent":"a","session":"s","other":"o"}"#);
    let named = Call::chat(body.as_bytes()).unwrap().named;
    let said = [named.agent, named.session, named.user].map(Option::unwrap);
    assert_eq!(said, ["a", "s", "anna"]);
}
