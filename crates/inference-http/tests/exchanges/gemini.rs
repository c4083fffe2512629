//! Gemini.

use std::time::Duration;

use expect_test::expect_file;
use inference::{Answer, ErrorKind, Output, Provider as _, Request, Role, StopReason, Thinking, ToolChoice};
use inference::{Content, Message, ToolOutput, ToolResult};
use inference_http::Gemini;
use serde_json::{Value, json};

use super::exchange::Upstream;
use super::sample::{everything, hi};

const ANSWER: &[u8] = include_bytes!("../formats/gemini/tools.sse");
const HEADERS: &[&str] = &["x-goog-api-key", "content-type"];

async fn exchanged(request: &Request) -> (String, Answer) {
    let mut upstream = Upstream::streaming("text/event-stream", ANSWER).await;
    let gemini = Gemini::new(upstream.http(), upstream.secret("AIza-1"));
    let answer = Answer::collect(gemini.converse(request).await.unwrap()).await.unwrap();
    assert_eq!((answer.stop, answer.usage.output_tokens), (StopReason::ToolUse, 81));
    (upstream.request(HEADERS), answer)
}

fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\n\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn everything_is_said() {
    let mut request = everything("gemini-3-pro-preview", "gemini:c2ln");
    request.extra = json!({"generationConfig": {"candidateCount": 1}, "cachedContent": "cachedContents/1"})
        .as_object()
        .unwrap()
        .clone();
    expect_file!["gemini/everything.request"].assert_eq(&exchanged(&request).await.0);
}

#[tokio::test]
async fn of_nothing_nothing_is_said() {
    let (request, _) = exchanged(&hi("tunedModels/my model")).await;
    expect_file!["gemini/hi.request"].assert_eq(&request);
}

#[tokio::test]
async fn an_answer_goes_back_with_its_proofs_and_names() {
    let mut request = hi("gemini-3-pro-preview");
    let (_, answer) = exchanged(&request).await;
    let calls: Vec<_> = answer
        .message
        .content
        .iter()
        .filter_map(|content| match content {
            Content::ToolUse(call) => Some(call.clone()),
            _ => None,
        })
        .collect();
    assert!(calls[0].id.starts_with("call-") && calls[0].id.len() > 16, "{calls:?}");
    let results = calls.iter().map(|call| {
        let content = vec![ToolOutput::Text(format!("{} is fine", call.name))];
        Content::ToolResult(ToolResult { id: call.id.clone(), content, failed: false })
    });
    let results = Message { role: Role::User, content: results.collect() };
    request.messages.extend([answer.message.clone(), results]);
    let (sent, _) = exchanged(&request).await;
    expect_file!["gemini/back.request"].assert_eq(&sent.replace(&calls[0].id, "MADE-UP"));
}

#[tokio::test]
async fn calls_of_other_models_go_without_their_proofs() {
    let request = everything("gemini-3-pro-preview", "c2ln-of-another");
    let sent = body(&exchanged(&request).await.0);
    let parts = &sent["contents"][1]["parts"];
    assert_eq!(parts[1]["thoughtSignature"], "skip_thought_signature_validator");
    assert_eq!(parts[2].get("thoughtSignature"), None);
    // Earlier models take calls without proof, and the substitute for none.
    let sent = body(&exchanged(&everything("gemini-2.5-flash", "c2ln-of-another")).await.0);
    assert!(!sent.to_string().contains("thoughtSignature"), "{sent}");
    assert_eq!(sent["contents"][3]["parts"][0]["inlineData"]["mimeType"], "image/png");
}

#[tokio::test]
async fn results_have_a_turn_of_their_own() {
    let mut request = everything("gemini-3-pro-preview", "gemini:c2ln");
    let results = request.messages.pop().unwrap().content;
    let also = Content::Text("Well?".to_owned());
    for content in [vec![also.clone(), results[0].clone()], vec![results[1].clone()], vec![also]] {
        request.messages.push(Message { role: Role::User, content });
    }
    let sent = body(&exchanged(&request).await.0);
    let contents = sent["contents"].as_array().unwrap();
    assert_eq!(contents.len(), 4);
    let named = |part: &Value| part["functionResponse"]["name"].as_str().map(str::to_owned);
    let names: Vec<_> = contents[2]["parts"].as_array().unwrap().iter().filter_map(named).collect();
    assert_eq!(names, ["weather", "time"]);
    assert_eq!(contents[3], json!({"role": "user", "parts": [{"text": "Well?"}, {"text": "Well?"}]}));
}

#[tokio::test]
async fn choices_have_their_words() {
    for (choice, expected) in [
        (ToolChoice::Auto, json!({"mode": "VALIDATED"})),
        (ToolChoice::Any, json!({"mode": "ANY"})),
        (ToolChoice::Tool("time".to_owned()), json!({"mode": "ANY", "allowedFunctionNames": ["time"]})),
        (ToolChoice::None, json!({"mode": "NONE"})),
    ] {
        let request = Request { tool_choice: choice, ..everything("gemini-2.5-flash", "x") };
        let sent = body(&exchanged(&request).await.0);
        assert_eq!(sent["toolConfig"]["functionCallingConfig"], expected);
    }
    for (thinking, expected) in [
        (Thinking::Budget(0), json!({"thinkingBudget": 0})),
        (Thinking::Effort("none".to_owned()), json!({"thinkingBudget": 0})),
        (Thinking::Effort("high".to_owned()), json!({"thinkingLevel": "HIGH", "includeThoughts": true})),
    ] {
        let request = Request { thinking, output: Output::Json, ..hi("gemini-2.5-flash") };
        let sent = body(&exchanged(&request).await.0);
        let config = json!({"responseMimeType": "application/json", "thinkingConfig": expected});
        assert_eq!(sent["generationConfig"], config);
    }
}

#[tokio::test]
async fn tokens_are_counted() {
    let mut upstream = Upstream::json(&[("200 OK", r#"{"totalTokens":31,"promptTokensDetails":[]}"#)]).await;
    let gemini = Gemini::new(upstream.http(), upstream.secret("AIza-1"));
    assert_eq!(gemini.count_tokens(&hi("gemini-2.5-flash")).await.unwrap(), Some(31));
    expect_file!["gemini/count.request"].assert_eq(&upstream.request(HEADERS));
}

#[tokio::test]
async fn a_result_of_no_call_is_refused_before_it_is_sent() {
    let mut upstream = Upstream::json(&[("200 OK", "{}")]).await;
    let gemini = Gemini::new(upstream.http(), upstream.secret("AIza-1"));
    let mut request = everything("gemini-2.5-flash", "x");
    request.messages.remove(1);
    let error = gemini.converse(&request).await.err().unwrap();
    assert_eq!(
        (error.kind(), error.message()),
        (&ErrorKind::Invalid, "the result t1 answers no call of the conversation")
    );
    assert!(upstream.requests(&[]).is_empty());
}

#[tokio::test]
async fn refusals_have_their_meaning() {
    let refusal = |code: u16, status: &str, message: &str| {
        json!({"error": {"code": code, "message": message, "status": status}}).to_string()
    };
    let key = refusal(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.");
    let long = refusal(
        400,
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    );
    let quota = r#"{"error": {"code": 429, "message": "You exceeded your current quota.",
        "status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": "34s"}]}}"#;
    let model = refusal(404, "NOT_FOUND", "models/gemini-nine is not found for API version v1beta.");
    let answers = [
        ("400 Bad Request", key.as_str()),
        ("400 Bad Request", &long),
        ("429 Too Many Requests", quota),
        ("404 Not Found", &model),
    ];
    let mut upstream = Upstream::json(&answers).await;
    let gemini = Gemini::new(upstream.http(), upstream.secret("AIza-1"));
    for expected in [
        ErrorKind::AccessDenied,
        ErrorKind::ContextTooLong,
        ErrorKind::Throttled { retry_after: Some(Duration::from_secs(34)) },
        ErrorKind::UnknownModel,
    ] {
        let error = gemini.converse(&hi("m")).await.err().unwrap();
        assert_eq!(error.kind(), &expected, "{error}");
    }
}
