//! OpenAI's responses.

use expect_test::expect_file;
use inference::{
    Answer, Content, ErrorKind, Message, Provider as _, Request, Role, StopReason, Thinking, ToolChoice,
};
use inference_http::Responses;
use serde_json::{Value, json};

use super::exchange::Upstream;
use super::sample::{everything, hi};

const ANSWER: &[u8] = include_bytes!("../formats/responses/thoughts_and_tools.sse");
const HEADERS: &[&str] = &["authorization", "content-type"];

async fn exchange(request: &Request) -> (String, Answer) {
    let mut upstream = Upstream::streaming("text/event-stream", ANSWER).await;
    let models = Responses::new(upstream.http(), Some(upstream.secret("sk-1")));
    let answer = Answer::collect(models.converse(request).await.unwrap()).await.unwrap();
    assert_eq!((answer.stop, answer.usage.cache_read_tokens), (StopReason::ToolUse, 32));
    (upstream.request(HEADERS), answer)
}

/// All that there is, but for what the format has no place for.
fn most() -> Request {
    let mut request = everything("gpt-5.2", "openai:rs_1:gAAAAB==");
    request.sampling.stop.clear();
    request
}

fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\n\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn everything_is_said() {
    expect_file!["responses/everything.request"].assert_eq(&exchange(&most()).await.0);
}

#[tokio::test]
async fn of_nothing_nothing_is_said() {
    expect_file!["responses/hi.request"].assert_eq(&exchange(&hi("gpt-4.1")).await.0);
}

#[tokio::test]
async fn an_answer_goes_back_as_it_came() {
    let (_, answer) = exchange(&hi("gpt-5.2")).await;
    let mut request = hi("gpt-5.2");
    request.messages.extend([answer.message, Message::text(Role::User, "And?")]);
    expect_file!["responses/back.request"].assert_eq(&exchange(&request).await.0);
}

#[tokio::test]
async fn only_who_thinks_is_asked_for_thoughts() {
    for (model, thinking, proof, expected) in [
        ("gpt-5.2", Thinking::Unset, "", true),
        ("gpt-4.1", Thinking::Unset, "openai:rs_1:x", true),
        ("ours", Thinking::Budget(100), "", true),
        ("gpt-4.1", Thinking::Unset, "anthropic's", false),
        ("gpt-5-chat-latest", Thinking::Unset, "", false),
    ] {
        let mut request = Request { thinking, ..everything(model, proof) };
        request.sampling.stop.clear();
        assert_eq!(body(&exchange(&request).await.0).get("include").is_some(), expected, "{model}");
    }
}

#[tokio::test]
async fn choices_have_their_words() {
    for (choice, expected) in [
        (ToolChoice::Any, json!("required")),
        (ToolChoice::None, json!("none")),
        (ToolChoice::Tool("time".to_owned()), json!({"type": "function", "name": "time"})),
    ] {
        let request = Request { tool_choice: choice, ..most() };
        assert_eq!(body(&exchange(&request).await.0)["tool_choice"], expected);
    }
}

#[tokio::test]
async fn what_the_format_has_no_place_for_is_refused_before_it_is_sent() {
    let upstream = Upstream::json(&[("200 OK", "{}")]).await;
    let models = Responses::new(upstream.http(), None);
    let mut silent = hi("m");
    silent.messages[0].content = vec![Content::CachePoint];
    for request in [everything("m", ""), silent] {
        let error = models.converse(&request).await.err().unwrap();
        assert_eq!(error.kind(), &ErrorKind::Invalid, "{error}");
    }
    assert!(upstream.raw_requests().is_empty());
}

#[tokio::test]
async fn tokens_are_counted_where_the_server_can() {
    let counted = r#"{"object":"response.input_tokens","input_tokens":11}"#;
    let answers = [("200 OK", counted), ("404 Not Found", "{}"), ("401 Unauthorized", "{}")];
    let upstream = Upstream::json(&answers).await;
    let models = Responses::new(upstream.http(), None);
    assert_eq!(models.count_tokens(&most()).await.unwrap(), Some(11));
    assert_eq!(models.count_tokens(&most()).await.unwrap(), None);
    assert_eq!(models.count_tokens(&most()).await.unwrap_err().kind(), &ErrorKind::AccessDenied);
    expect_file!["responses/count.request"].assert_eq(&upstream.requests(HEADERS)[0]);
}
