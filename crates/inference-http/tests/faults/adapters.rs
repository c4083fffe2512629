//! The adapters, each with what a good answer and a report of trouble look like in its format.

use std::path::Path;
use std::sync::Arc;

use inference::{Message, Provider, Request, Role};
use inference_http::bedrock::{Bedrock, BedrockCredentials};
use inference_http::{Anthropic, ChatCompletions, Connection, Gemini, Http, Responses, Secret, Timeouts};
use restjson::eventstream::encode;
use std::time::Duration;
use stdx::{Clock, SeededRng, SystemClock};

use super::clocks::Hasty;

/// An adapter under test.
pub(crate) struct Adapter {
    /// Its name, for messages.
    pub(crate) name: &'static str,
    /// What its answers say they are.
    pub(crate) content_type: &'static str,
    /// A good answer, which says `Hello`.
    pub(crate) answer: Vec<u8>,
    /// A wish for the tool `weather` whose input is half an object.
    pub(crate) half_input: Vec<u8>,
    /// A good frame with something in it that is no JSON.
    pub(crate) no_json: Vec<u8>,
    /// A frame that does nothing, for answers without end.
    pub(crate) idle: Vec<u8>,
    provider: fn(Http, Secret) -> Box<dyn Provider>,
    failure: fn(&str) -> Vec<u8>,
}

impl Adapter {
    /// The adapter before a server at this URL.
    pub(crate) fn at(&self, connection: Connection, clock: Arc<dyn Clock>, key: &Path) -> Box<dyn Provider> {
        let http = Http::new(connection, clock, Arc::new(SeededRng::new(7))).unwrap();
        (self.provider)(http, Secret::File(key.to_owned()))
    }

    /// The adapter with a clock that does not wait, and with time limits that never come.
    pub(crate) fn hasty(&self, url: &str, key: &Path) -> (Box<dyn Provider>, Arc<Hasty>) {
        let clock = Arc::new(Hasty::default());
        (self.at(unlimited(url), Arc::clone(&clock) as Arc<dyn Clock>, key), clock)
    }

    /// The adapter with short time limits.
    pub(crate) fn impatient(&self, url: &str, key: &Path) -> Box<dyn Provider> {
        let short = Duration::from_millis(100);
        let timeouts = Timeouts { connect: short, first_byte: short, idle: short };
        self.at(Connection { timeouts, ..Connection::new("upstream", url) }, Arc::new(SystemClock), key)
    }

    /// A report of trouble within an answer, with this message.
    pub(crate) fn failure(&self, message: &str) -> Vec<u8> {
        (self.failure)(message)
    }
}

/// The way to a server at this URL, with time limits that never come.
pub(crate) fn unlimited(url: &str) -> Connection {
    let never = Duration::from_secs(10_000);
    let timeouts = Timeouts { connect: never, first_byte: never, idle: never };
    Connection { timeouts, ..Connection::new("upstream", url) }
}

/// A request that says `Hi`.
pub(crate) fn hi() -> Request {
    Request { model: "m".to_owned(), messages: vec![Message::text(Role::User, "Hi")], ..Request::default() }
}

fn events(data: &[&str]) -> Vec<u8> {
    data.iter().map(|data| format!("data: {data}\n\n")).collect::<String>().into_bytes()
}

fn frames(frames: &[(&str, &str)]) -> Vec<u8> {
    let frames = frames.iter().map(|(name, payload)| {
        let headers =
            [(":event-type", *name), (":content-type", "application/json"), (":message-type", "event")];
        encode(&headers, payload.as_bytes()).unwrap()
    });
    frames.collect::<Vec<_>>().concat()
}

/// A comment that is longer than whatever follows it.
fn padded(event: &str) -> Vec<u8> {
    [format!(": {}\n", "x".repeat(16_000)).into_bytes(), events(&[event])].concat()
}

/// All adapters.
pub(crate) fn all() -> Vec<Adapter> {
    vec![chat_completions(), responses(), anthropic(), gemini(), bedrock()]
}

fn chat_completions() -> Adapter {
    Adapter {
        name: "chat completions",
        content_type: "text/event-stream",
        answer: events(&[
            r#"{"choices":[{"delta":{"content":"Hel"}}]}"#,
            r#"{"choices":[{"delta":{"content":"lo"}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
            "[DONE]",
        ]),
        half_input: events(&[
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"weather","arguments":"{\"city\":"}}]}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
            "[DONE]",
        ]),
        no_json: events(&[r#"{"choices":[{"delta":{"content":"Hel"}}]}"#, r#"{"choices":[{"del"#]),
        idle: padded(r#"{"choices":[{"delta":{"role":"assistant"}}]}"#),
        provider: |http, key| Box::new(ChatCompletions::new(http, Some(key))),
        failure: |message| events(&[&serde_json::json!({"error": {"message": message}}).to_string()]),
    }
}

fn responses() -> Adapter {
    Adapter {
        name: "responses",
        content_type: "text/event-stream; charset=utf-8",
        answer: events(&[
            r#"{"type":"response.output_text.delta","delta":"Hel"}"#,
            r#"{"type":"response.output_text.delta","delta":"lo"}"#,
            r#"{"type":"response.completed","response":{"status":"completed"}}"#,
        ]),
        half_input: events(&[
            r#"{"type":"response.output_item.done","item":{"type":"function_call","call_id":"t","name":"weather","arguments":"{\"city\":"}}"#,
            r#"{"type":"response.completed","response":{"status":"completed"}}"#,
        ]),
        no_json: events(&[r#"{"type":"response.output_text.delta","delta":"Hel"}"#, r#"{"type":"respo"#]),
        idle: padded(r#"{"type":"response.in_progress"}"#),
        provider: |http, key| Box::new(Responses::new(http, Some(key))),
        failure: |message| events(&[&serde_json::json!({"type": "error", "message": message}).to_string()]),
    }
}

fn anthropic() -> Adapter {
    const START: &str =
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hel"}}"#;
    const END: [&str; 3] = [
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    let half_input = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}"#;
    Adapter {
        name: "anthropic",
        content_type: "text/event-stream; charset=utf-8",
        answer: events(&[
            START,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}}"#,
            END[0],
            END[1],
            END[2],
        ]),
        half_input: events(&[
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"weather"}}"#,
            half_input,
            END[0],
            END[1],
            END[2],
        ]),
        no_json: events(&[START, r#"{"type":"content"#]),
        idle: padded(r#"{"type":"ping"}"#),
        provider: |http, key| Box::new(Anthropic::new(http, key)),
        failure: |message| {
            let error = serde_json::json!({"type": "api_error", "message": message});
            events(&[&serde_json::json!({"type": "error", "error": error}).to_string()])
        },
    }
}

fn gemini() -> Adapter {
    Adapter {
        name: "gemini",
        content_type: "text/event-stream",
        answer: events(&[
            r#"{"candidates":[{"content":{"parts":[{"text":"Hel"}]}}]}"#,
            r#"{"candidates":[{"content":{"parts":[{"text":"lo"}]},"finishReason":"STOP"}]}"#,
        ]),
        // Gemini sends inputs whole and as JSON, so none can be half of one.
        half_input: Vec::new(),
        no_json: events(&[r#"{"candidates":[{"content":{"parts":[{"text":"Hel"}]}}]}"#, r#"{"candid"#]),
        idle: padded(r#"{"candidates":[]}"#),
        provider: |http, key| Box::new(Gemini::new(http, key)),
        failure: |message| {
            events(&[&serde_json::json!({"error": {"code": 500, "message": message}}).to_string()])
        },
    }
}

fn bedrock() -> Adapter {
    let delta = |text| ("contentBlockDelta", text);
    let end = [
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        ("messageStop", r#"{"stopReason":"end_turn"}"#),
        ("metadata", r#"{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#),
    ];
    let begin = ("messageStart", r#"{"role":"assistant"}"#);
    let hel = delta(r#"{"contentBlockIndex":0,"delta":{"text":"Hel"}}"#);
    Adapter {
        name: "bedrock",
        content_type: "application/vnd.amazon.eventstream",
        answer: frames(&[
            begin,
            hel,
            delta(r#"{"contentBlockIndex":0,"delta":{"text":"lo"}}"#),
            end[0],
            end[1],
            end[2],
        ]),
        half_input: frames(&[
            begin,
            (
                "contentBlockStart",
                r#"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"weather"}}}"#,
            ),
            delta(r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"city\":"}}}"#),
            end[0],
            end[1],
            end[2],
        ]),
        no_json: frames(&[begin, hel, delta(r#"{"content"#)]),
        idle: frames(&[("somethingNew", &serde_json::json!({"p": "x".repeat(16_000)}).to_string())]),
        provider: |http, key| Box::new(Bedrock::new(http, BedrockCredentials::ApiKey(key), "us-east-1")),
        failure: |message| {
            let payload = serde_json::json!({"message": message}).to_string();
            let headers = [
                (":exception-type", "internalServerException"),
                (":content-type", "application/json"),
                (":message-type", "exception"),
            ];
            encode(&headers, payload.as_bytes()).unwrap().to_vec()
        },
    }
}
