//! Anthropic.

use expect_test::{expect, expect_file};
use inference::{Answer, ErrorKind, Output, Provider as _, Request, StopReason, Thinking, Tool, ToolChoice};
use inference_http::Anthropic;
use serde_json::json;

use super::exchange::Upstream;
use super::sample::{everything, hi};

const ANSWER: &[u8] = include_bytes!("../formats/anthropic/tools.sse");
const HEADERS: &[&str] = &["x-api-key", "anthropic-version", "content-type"];

async fn sent(request: &Request) -> String {
    let mut upstream = Upstream::streaming("text/event-stream", ANSWER).await;
    let anthropic = Anthropic::new(upstream.http(), upstream.secret("sk-ant-1"));
    let answer = Answer::collect(anthropic.converse(request).await.unwrap()).await.unwrap();
    assert_eq!((answer.stop, answer.usage.output_tokens), (StopReason::ToolUse, 89));
    upstream.request(HEADERS)
}

#[tokio::test]
async fn everything_is_said() {
    let request = everything("claude-sonnet-4-6", "c2ln");
    expect_file!["anthropic/everything.request"].assert_eq(&sent(&request).await);
}

#[tokio::test]
async fn of_nothing_nothing_is_said() {
    expect_file!["anthropic/hi.request"].assert_eq(&sent(&hi("claude-sonnet-4-6")).await);
}

#[tokio::test]
async fn what_anthropic_would_refuse_stays_here() {
    // Another provider's proof; JSON without a schema; an effort that Anthropic calls otherwise.
    let mut request = everything("claude-opus-4-6", "gemini:c2ln");
    request.messages.remove(0);
    request.messages.pop();
    request.tools.clear();
    request.output = Output::Json;
    request.thinking = Thinking::Effort("minimal".to_owned());
    request.extra = json!({"output_config": {"task_budget": 9}}).as_object().unwrap().clone();
    expect_file!["anthropic/refused.request"].assert_eq(&sent(&request).await);
}

#[tokio::test]
async fn thoughts_go_back_as_they_came() {
    let thoughts = include_bytes!("../formats/anthropic/thoughts.sse");
    let mut upstream = Upstream::streaming("text/event-stream", thoughts).await;
    let anthropic = Anthropic::new(upstream.http(), upstream.secret("sk-ant-1"));
    let mut request = hi("claude-opus-4-6");
    let answer = Answer::collect(anthropic.converse(&request).await.unwrap()).await.unwrap();
    request.messages.push(answer.message);
    let text = sent(&request).await;
    let body: serde_json::Value = serde_json::from_str(text.split_once("\n\n").unwrap().1).unwrap();
    let expected = json!([
        {
            "type": "thinking",
            "thinking": "27 * 453: first 27 * 400.",
            "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk=",
        },
        {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIwxtE3"},
        {"type": "text", "text": "12,231"},
    ]);
    assert_eq!(body["messages"][1]["content"], expected);
}

#[tokio::test]
async fn choices_have_their_words() {
    let tool = Tool { name: "t".to_owned(), description: None, input_schema: json!({}), strict: false };
    for (choice, expected) in [
        (ToolChoice::Auto, json!({"type": "auto"})),
        (ToolChoice::Any, json!({"type": "any"})),
        (ToolChoice::Tool("t".to_owned()), json!({"type": "tool", "name": "t"})),
        (ToolChoice::None, json!({"type": "none"})),
    ] {
        let request = Request { tools: vec![tool.clone()], tool_choice: choice, ..hi("m") };
        let text = sent(&request).await;
        let body: serde_json::Value = serde_json::from_str(text.split_once("\n\n").unwrap().1).unwrap();
        assert_eq!(body["tool_choice"], expected);
    }
}

#[tokio::test]
async fn tokens_are_counted() {
    let mut upstream = Upstream::json(&[("200 OK", r#"{"input_tokens":2095}"#)]).await;
    let anthropic = Anthropic::new(upstream.http(), upstream.secret("sk-ant-1"));
    let mut request = everything("claude-sonnet-4-6", "c2ln");
    request.messages.truncate(1);
    request.messages[0].content.truncate(1);
    assert_eq!(anthropic.count_tokens(&request).await.unwrap(), Some(2095));
    expect_file!["anthropic/count.request"].assert_eq(&upstream.request(HEADERS));
}

#[tokio::test]
async fn refusals_have_their_meaning() {
    let refusal = |word: &str, message: &str| {
        json!({"type": "error", "error": {"type": word, "message": message}, "request_id": "r"}).to_string()
    };
    let long = refusal("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum");
    let model = refusal("not_found_error", "model: claude-nine");
    let busy = refusal("overloaded_error", "Overloaded");
    let key = refusal("authentication_error", "invalid x-api-key sk-ant-1");
    let answers = [
        ("400 Bad Request", long.as_str()),
        ("404 Not Found", &model),
        ("529 Overloaded", &busy),
        ("401 Unauthorized", &key),
    ];
    let mut upstream = Upstream::json(&answers).await;
    let anthropic = Anthropic::new(upstream.http(), upstream.secret("sk-ant-1"));
    for expected in
        [ErrorKind::ContextTooLong, ErrorKind::UnknownModel, ErrorKind::Unavailable, ErrorKind::AccessDenied]
    {
        let error = anthropic.converse(&hi("m")).await.err().unwrap();
        assert_eq!(error.kind(), &expected, "{error}");
        assert!(!format!("{error:?}").contains("sk-ant-1"), "{error:?}");
    }
}

#[tokio::test]
async fn a_document_that_is_neither_pdf_nor_text_is_refused_before_it_is_sent() {
    let mut upstream = Upstream::json(&[("200 OK", "{}")]).await;
    let anthropic = Anthropic::new(upstream.http(), upstream.secret("sk-ant-1"));
    let mut request = everything("m", "c2ln");
    let inference::Content::Document(document) = &mut request.messages[0].content[2] else { panic!() };
    document.media_type = "application/msword".to_owned();
    document.bytes = bytes::Bytes::from_static(b"\xd0\xcf\x11\xe0");
    let error = anthropic.converse(&request).await.err().unwrap();
    assert_eq!(error.kind(), &ErrorKind::Invalid);
    expect![
        "the document report.pdf (application/msword) is neither PDF nor text, which is what Anthropic reads"
    ]
    .assert_eq(error.message());
    assert!(upstream.requests(&[]).is_empty());
}
