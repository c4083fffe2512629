//! Chat completions, of OpenAI and of others.

use expect_test::expect_file;
use inference::{Answer, ErrorKind, Output, Provider as _, Request, StopReason, Thinking, ToolChoice};
use inference_http::ChatCompletions;
use inference_http::chat_completions::Dialect;
use serde_json::{Value, json};

use super::exchange::Upstream;
use super::sample::{everything, hi};

const ANSWER: &[u8] = include_bytes!("../formats/chat_completions/tools.sse");
const WHOLE: &str = include_str!("../formats/chat_completions/whole.json");
const HEADERS: &[&str] = &["authorization", "content-type"];

async fn sent(request: &Request, dialect: Dialect) -> String {
    let mut upstream = Upstream::streaming("text/event-stream", ANSWER).await;
    let models = ChatCompletions::new(upstream.http(), Some(upstream.secret("sk-1"))).with_dialect(dialect);
    let answer = Answer::collect(models.converse(request).await.unwrap()).await.unwrap();
    assert_eq!((answer.stop, answer.usage.cache_read_tokens), (StopReason::ToolUse, 4));
    upstream.request(HEADERS)
}

fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\n\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn everything_is_said() {
    let request = everything("gpt-5.2", "c2ln");
    expect_file!["chat_completions/everything.request"].assert_eq(&sent(&request, Dialect::OpenAi).await);
}

#[tokio::test]
async fn of_nothing_nothing_is_said() {
    expect_file!["chat_completions/hi.request"].assert_eq(&sent(&hi("gpt-5.2"), Dialect::OpenAi).await);
}

#[tokio::test]
async fn others_have_other_words() {
    let mut request = everything("qwen3", "c2ln");
    request.output = Output::Json;
    request.tool_choice = ToolChoice::Any;
    request.thinking = Thinking::Effort("minimal".to_owned());
    request.extra = json!({"stream_options": null, "min_p": 0.1}).as_object().unwrap().clone();
    let body = body(&sent(&request, Dialect::Compatible).await);
    assert_eq!(
        (&body["max_tokens"], &body["top_k"], &body["min_p"]),
        (&json!(1_000), &json!(40), &json!(0.1))
    );
    assert_eq!((&body["tool_choice"], &body["reasoning_effort"]), (&json!("required"), &json!("minimal")));
    assert_eq!(body["response_format"], json!({"type": "json_object"}));
    let absent = ["max_completion_tokens", "stream_options"];
    assert!(absent.iter().all(|name| body.get(*name).is_none()), "{body:#}");
}

#[tokio::test]
async fn choices_have_their_words() {
    let named = json!({"type": "function", "function": {"name": "time"}});
    for (choice, expected) in [
        (ToolChoice::Auto, Value::Null),
        (ToolChoice::None, "none".into()),
        (ToolChoice::Tool("time".to_owned()), named),
    ] {
        let request = Request { tool_choice: choice, ..everything("m", "") };
        assert_eq!(body(&sent(&request, Dialect::OpenAi).await)["tool_choice"], expected);
    }
}

#[tokio::test]
async fn an_open_schema_is_a_wish_and_no_promise() {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let output = Output::Schema { name: "city".to_owned(), schema };
    let request = Request { output, ..hi("m") };
    let body = body(&sent(&request, Dialect::OpenAi).await);
    assert_eq!(body["response_format"]["json_schema"]["strict"], json!(false));
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let upstream = Upstream::json(&[("200 OK", WHOLE)]).await;
    let models = ChatCompletions::new(upstream.http(), None);
    let answer = Answer::collect(models.converse(&hi("m")).await.unwrap()).await.unwrap();
    assert_eq!((answer.stop, answer.message.content.len()), (StopReason::ToolUse, 2));
    assert!(!upstream.request(HEADERS).contains("authorization"), "no key, no header");
    assert_eq!(models.count_tokens(&hi("m")).await.unwrap(), None);
}

#[tokio::test]
async fn refusals_have_their_meaning() {
    let refusal = |code: &str| json!({"error": {"message": "No.", "type": "x", "code": code}}).to_string();
    let [long, model, money] =
        ["context_length_exceeded", "model_not_found", "insufficient_quota"].map(refusal);
    let answers =
        [("400 Bad Request", long.as_str()), ("404 Not Found", &model), ("429 Too Many Requests", &money)];
    let upstream = Upstream::json(&answers).await;
    let models = ChatCompletions::new(upstream.http(), None);
    for expected in
        [ErrorKind::ContextTooLong, ErrorKind::UnknownModel, ErrorKind::Throttled { retry_after: None }]
    {
        let error = models.converse(&hi("m")).await.err().unwrap();
        assert_eq!(error.kind(), &expected, "{error}");
    }
}
