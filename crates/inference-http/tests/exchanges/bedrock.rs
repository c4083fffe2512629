//! Bedrock.

use std::sync::Arc;

use authn::{Credential, CredentialStore, Options, Presented, Principal, Service, Verifier};
use bytes::Bytes;
use expect_test::expect_file;
use fault::Fault;
use inference::{Answer, Embedder as _, ErrorKind, Output, Provider as _, Purpose, Request, StopReason};
use inference::{Thinking, ToolChoice};
use inference_http::{Bedrock, BedrockCredentials, BedrockEmbedder};
use restjson::eventstream::encode;
use serde_json::{Value, json};
use stdx::{BoxFuture, ManualClock};

use super::exchange::{NOW, Upstream};
use super::sample::{everything, hi};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-6-v1:0";
const FRAMES: &str = "application/vnd.amazon.eventstream";

fn answer() -> Vec<u8> {
    let frame = |name: &str, payload: &str| {
        encode(&[(":event-type", name), (":message-type", "event")], payload.as_bytes()).unwrap()
    };
    let frames = [
        frame("messageStart", r#"{"role":"assistant"}"#),
        frame("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Hello"}}"#),
        frame("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        frame("messageStop", r#"{"stopReason":"end_turn"}"#),
        frame("metadata", r#"{"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#),
    ];
    frames.concat()
}

fn bedrock(upstream: &mut Upstream) -> Bedrock {
    let key = upstream.secret("bedrock-api-key-1");
    Bedrock::new(upstream.http(), BedrockCredentials::ApiKey(key), "us-east-1")
}

async fn sent(request: &Request) -> String {
    let mut upstream = Upstream::streaming(FRAMES, &answer()).await;
    let bedrock = bedrock(&mut upstream);
    let answer = Answer::collect(bedrock.converse(request).await.unwrap()).await.unwrap();
    assert_eq!((answer.message.plain_text().as_str(), answer.stop), ("Hello", StopReason::EndTurn));
    upstream.request(&["authorization", "content-type"])
}

fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\n\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn everything_is_said() {
    let mut request = everything(CLAUDE, "c2ln");
    let guardrail = json!({"guardrailIdentifier": "gr1", "guardrailVersion": "1"});
    request.extra.insert("guardrailConfig".to_owned(), guardrail);
    expect_file!["bedrock/everything.request"].assert_eq(&sent(&request).await);
}

#[tokio::test]
async fn of_nothing_nothing_is_said() {
    let profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/p q";
    expect_file!["bedrock/hi.request"].assert_eq(&sent(&hi(profile)).await);
}

#[tokio::test]
async fn other_families_have_other_words() {
    let request = Request {
        thinking: Thinking::Effort("low".to_owned()),
        output: Output::Json,
        ..everything("eu.amazon.nova-pro-v1:0", "gemini:c2ln")
    };
    let sent = body(&sent(&request).await);
    let fields = json!({"inferenceConfig": {"topK": 40}, "metadata": {"user_id": "u1"}});
    assert_eq!(sent["additionalModelRequestFields"], fields);
    assert_eq!(sent["outputConfig"], json!({"effort": "low"}));
    assert_eq!(sent["system"].as_array().unwrap().len(), 4);
    assert_eq!(
        sent["messages"][1]["content"][0],
        json!({"reasoningContent": {"redactedContent": "YzJWamNtVjA="}})
    );
}

#[tokio::test]
async fn thoughts_go_back_as_they_came() {
    let delta = |index: u64, thought: Value| {
        let body = json!({"contentBlockIndex": index, "delta": {"reasoningContent": thought}}).to_string();
        encode(&[(":event-type", "contentBlockDelta"), (":message-type", "event")], body.as_bytes()).unwrap()
    };
    let thoughts = [
        delta(0, json!({"text": "Hm"})),
        delta(0, json!({"text": "."})),
        delta(0, json!({"signature": "c2ln"})),
        delta(1, json!({"redactedContent": "AP8="})),
        delta(2, json!({"text": "Without proof."})),
    ];
    let frames = [thoughts.concat(), answer()].concat();
    let mut upstream = Upstream::streaming(FRAMES, &frames).await;
    let bedrock = bedrock(&mut upstream);
    let mut request = hi(CLAUDE);
    let answer = Answer::collect(bedrock.converse(&request).await.unwrap()).await.unwrap();
    request.messages.push(answer.message);
    let expected = json!([
        {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}},
        {"reasoningContent": {"redactedContent": "AP8="}},
        {"text": "Hello"},
    ]);
    assert_eq!(body(&sent(&request).await)["messages"][1]["content"], expected);
}

#[tokio::test]
async fn choices_have_their_words() {
    let plain = Request { messages: hi(CLAUDE).messages, ..everything(CLAUDE, "x") };
    for (choice, expected) in [
        (ToolChoice::Auto, json!({"auto": {}})),
        (ToolChoice::Any, json!({"any": {}})),
        (ToolChoice::Tool("time".to_owned()), json!({"tool": {"name": "time"}})),
    ] {
        let request = Request { tool_choice: choice, ..plain.clone() };
        assert_eq!(body(&sent(&request).await)["toolConfig"]["toolChoice"], expected);
    }
    let request = Request { tool_choice: ToolChoice::None, ..plain };
    assert_eq!(body(&sent(&request).await).get("toolConfig"), None);
}

#[tokio::test]
async fn tokens_are_counted_where_the_model_can() {
    let refusal = r#"{"message":"The provided model doesn't support counting tokens."}"#;
    let document = r#"{"message":"Document input not supported for token counting"}"#;
    let answers =
        [("200 OK", r#"{"inputTokens":17}"#), ("400 Bad Request", refusal), ("400 Bad Request", document)];
    let mut upstream = Upstream::json(&answers).await;
    let bedrock = bedrock(&mut upstream);
    assert_eq!(bedrock.count_tokens(&hi(CLAUDE)).await.unwrap(), Some(17));
    assert_eq!(bedrock.count_tokens(&hi(CLAUDE)).await.unwrap(), None);
    assert_eq!(bedrock.count_tokens(&hi(CLAUDE)).await.unwrap(), None);
    expect_file!["bedrock/count.request"].assert_eq(&upstream.requests(&["authorization"])[0]);
}

#[tokio::test]
async fn refusals_have_their_meaning() {
    let answers = [
        ("400 Bad Request", r#"{"message":"Input is too long for requested model."}"#),
        ("400 Bad Request", r#"{"message":"The provided model identifier is invalid."}"#),
        ("403 Forbidden", r#"{"Message":"The security token included in the request is expired"}"#),
        ("424 Failed Dependency", r#"{"message":"The model failed."}"#),
        ("429 Too Many Requests", r#"{"message":"Too many requests"}"#),
    ];
    let mut upstream = Upstream::json(&answers).await;
    let bedrock = bedrock(&mut upstream);
    for expected in [
        ErrorKind::ContextTooLong,
        ErrorKind::UnknownModel,
        ErrorKind::AccessDenied,
        ErrorKind::Failed,
        ErrorKind::Throttled { retry_after: None },
    ] {
        let error = bedrock.converse(&hi(CLAUDE)).await.err().unwrap();
        assert_eq!(error.kind(), &expected, "{error}");
    }
}

#[tokio::test]
async fn what_is_sent_is_what_was_signed() {
    let mut upstream = Upstream::streaming(FRAMES, &answer()).await;
    let file = "[work]\naws_access_key_id = AKID\naws_secret_access_key = shh\naws_session_token = tok\n";
    let inference_http::Secret::File(file) = upstream.secret(file) else { unreachable!() };
    let credentials = BedrockCredentials::Profile { name: "work".to_owned(), file: Some(file) };
    let bedrock = Bedrock::new(upstream.http(), credentials, "eu-central-1");
    let profile = "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/a+b c";
    drop(bedrock.converse(&hi(profile)).await.unwrap());
    let raw = upstream.raw_requests().remove(0);
    let (head, body) = raw.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let path = lines.next().unwrap().split(' ').nth(1).unwrap();
    let request = lines.fold(http::Request::post(path), |request, line| {
        let (name, value) = line.split_once(": ").unwrap();
        request.header(name, value)
    });
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let request = authn::Request::from(&parts);
    let presented = Presented::parse(&request).unwrap().unwrap();
    let options = Options {
        region: "eu-central-1".to_owned(),
        services: vec![Service::new("bedrock")],
        host_aliases: vec![],
    };
    let verifier = Verifier::new(options, Arc::new(Keys), Arc::new(ManualClock::at(NOW)));
    let body = Bytes::copy_from_slice(body.as_bytes());
    let (principal, _) = verifier.verify_whole(&request, &presented, body).await.unwrap();
    assert_eq!(principal.access_key_id, "AKID");
}

/// One key.
struct Keys;

impl CredentialStore for Keys {
    fn find<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Credential>, Fault>> {
        let principal = Principal::root("123456789012", "AKID");
        let key = Credential::long_term(authn::Secret::new("shh"), principal);
        let key = Credential { session_token: Some(authn::Secret::new("tok")), ..key };
        Box::pin(std::future::ready(Ok(Some(key))))
    }
}

#[tokio::test]
async fn titan_embeds_one_text_after_the_other() {
    let answers = [
        ("200 OK", r#"{"embedding":[3.0,4.0],"inputTextTokenCount":1}"#),
        ("200 OK", r#"{"embedding":[0.0,2.0],"inputTextTokenCount":1}"#),
    ];
    let mut upstream = Upstream::json(&answers).await;
    let embedder = embedder(&mut upstream, "amazon.titan-embed-text-v2:0", Some(2)).unwrap();
    let one = embedder.embed(&["one".to_owned()], Purpose::Query).await.unwrap();
    let two = embedder.embed(&["two".to_owned()], Purpose::Document).await.unwrap();
    assert_eq!((one[0].vector.as_slice(), two[0].vector.as_slice()), (&[0.6, 0.8][..], &[0.0, 1.0][..]));
    assert!((one[0].similarity(&two[0]).unwrap() - 0.8).abs() < 1e-6);
    expect_file!["bedrock/titan.request"].assert_eq(&upstream.requests(&[])[0]);
}

#[tokio::test]
async fn cohere_embeds_many_texts_at_once() {
    let answers = [
        ("200 OK", r#"{"id":"1","texts":["one","two"],"embeddings":{"float":[[3.0,4.0],[0.0,2.0]]}}"#),
        (
            "200 OK",
            r#"{"id":"1","texts":["one","two"],"embeddings":[[3.0,4.0]],"response_type":"embeddings_floats"}"#,
        ),
    ];
    let mut upstream = Upstream::json(&answers).await;
    let embedder = embedder(&mut upstream, "cohere.embed-multilingual-v3", None).unwrap();
    let texts = ["one".to_owned(), "two".to_owned()];
    let vectors = embedder.embed(&texts, Purpose::Query).await.unwrap();
    assert_eq!((vectors.len(), vectors[1].vector.as_slice()), (2, &[0.0, 1.0][..]));
    assert_eq!(vectors[0].embedder.to_string(), "cohere.embed-multilingual-v3 (2 dimensions)");
    let error = embedder.embed(&texts, Purpose::Document).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Malformed, "{error}");
    expect_file!["bedrock/cohere.request"].assert_eq(&upstream.requests(&[])[0]);
}

#[tokio::test]
async fn what_cannot_embed_is_said_at_the_start() {
    let mut upstream = Upstream::json(&[("200 OK", "{}")]).await;
    let refused = [
        ("anthropic.claude-v2", None),
        ("cohere.embed-english-v3", Some(256)),
        ("amazon.titan-embed-text-v1", Some(256)),
    ];
    for (model, dimension) in refused {
        let error = embedder(&mut upstream, model, dimension).err().unwrap();
        assert_eq!(error.kind(), &ErrorKind::NotConfigured, "{error}");
    }
    let embedder = embedder(&mut upstream, "amazon.titan-embed-text-v2:0", None).unwrap();
    assert_eq!(embedder.embed(&[], Purpose::Query).await.unwrap(), vec![]);
}

fn embedder(
    upstream: &mut Upstream,
    model: &str,
    dimension: Option<usize>,
) -> Result<BedrockEmbedder, inference::ModelError> {
    let key = upstream.secret("bedrock-api-key-1");
    BedrockEmbedder::new(upstream.http(), BedrockCredentials::ApiKey(key), "us-east-1", model, dimension)
}
