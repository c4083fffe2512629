//! Invocations: sessions, headers both ways, and payloads of any size.

use std::sync::{Arc, Mutex};

use http::Method;
use sandbox::{Exchange, Reply};
use sandbox_sim::{NoReply, reply};
use serde_json::{Value, json};
use stdx::ByteStream;
use test_kit::TestServer;

use crate::agents::{Agent, now};
use crate::client::{Answer, Client, filler};
use crate::deploy::{Deployed, deploy, server_with};

const SESSION: &str = "x-amzn-bedrock-agentcore-runtime-session-id";
const FIRST: &str = "session-1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER: &str = "session-2-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

async fn ask(client: &Client, agent: &Deployed, session: &str, question: &Value) -> Answer {
    client.json(Method::POST, &agent.invocations(), question).header(SESSION, session).send().await
}

#[tokio::test]
async fn a_session_remembers_and_another_one_does_not() {
    let (server, client, agent) = server_with("agent").await;
    let first = ask(&client, &agent, FIRST, &json!("one")).await;
    assert_eq!(first.header(SESSION), FIRST);
    assert_eq!(first.json(), json!({ "count": 1, "received": "one" }));
    assert_eq!(ask(&client, &agent, FIRST, &json!("two")).await.json()["count"], 2);
    assert_eq!(ask(&client, &agent, OTHER, &json!("three")).await.json()["count"], 1);
    assert_eq!(server.host.running().len(), 2);
    server.shut_down().await;
}

#[tokio::test]
async fn a_stopped_session_begins_anew() {
    let (server, client, agent) = server_with("agent").await;
    ask(&client, &agent, FIRST, &json!(1)).await.json();
    let stop = agent.invocations().replace("/invocations", "/stopruntimesession");
    let stopped = client.json(Method::POST, &stop, &json!({})).header(SESSION, FIRST).send().await;
    assert!(stopped.status.is_success(), "{}", stopped.text());
    assert!(server.host.running().is_empty());
    assert_eq!(ask(&client, &agent, FIRST, &json!(2)).await.json()["count"], 1);
    server.shut_down().await;
}

#[tokio::test]
async fn a_session_id_is_made_where_none_is_given() {
    let (server, client, agent) = server_with("agent").await;
    let invoke = || client.json(Method::POST, &agent.invocations(), &json!({})).send();
    let (one, two) = (invoke().await, invoke().await);
    assert!(one.header(SESSION).len() >= 33, "{:?}", one.headers);
    assert_ne!(one.header(SESSION), two.header(SESSION));
    server.shut_down().await;
}

#[tokio::test]
async fn many_sessions_at_once_do_not_mix() {
    let (server, client, agent) = server_with("agent").await;
    let sessions = (0..20).map(|number| {
        let (client, agent) = (&client, &agent);
        async move {
            let session = format!("session-{number:033}");
            for turn in 1..=3 {
                let answer = ask(client, agent, &session, &json!(number)).await;
                assert_eq!(answer.json(), json!({ "count": turn, "received": number }));
            }
        }
    });
    futures_util::future::join_all(sessions).await;
    server.shut_down().await;
}

/// What the agent was asked last, and what it will say.
type Seen = Arc<Mutex<Vec<(String, String)>>>;

async fn listening_agent(answer: fn() -> Reply) -> (TestServer, Client, Deployed, Seen) {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let seen = Seen::default();
    let kept = Arc::clone(&seen);
    let agent = Agent::new(move |exchange: Exchange| {
        let fields = exchange.headers.into_iter();
        let fields = fields.map(|(name, value)| (name, String::from_utf8(value).unwrap()));
        *kept.lock().unwrap() = fields.collect();
        now(answer())
    });
    server.host.install("listening", agent);
    let deployed = deploy(&client, "listening").await;
    (server, client, deployed, seen)
}

#[tokio::test]
async fn the_agent_gets_the_headers_that_are_meant_for_it() {
    let (server, client, agent, seen) =
        listening_agent(|| reply(200, "text/plain", ByteStream::empty())).await;
    let call = client.json(Method::POST, &agent.invocations(), &json!({})).header(SESSION, FIRST);
    let call = call
        .header("x-amzn-bedrock-agentcore-runtime-custom-colour", "red")
        .header("x-amzn-bedrock-agentcore-runtime-user-id", "ada")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("baggage", "key=value")
        .header("cookie", "secret=1");
    assert!(call.send().await.status.is_success());
    let seen = seen.lock().unwrap().clone();
    let value = |name: &str| seen.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    assert_eq!(value(SESSION), Some(FIRST));
    assert_eq!(value("content-type"), Some("application/json"));
    assert_eq!(value("x-amzn-bedrock-agentcore-runtime-custom-colour"), Some("red"));
    assert_eq!(value("x-amzn-bedrock-agentcore-runtime-user-id"), Some("ada"));
    assert_eq!(value("traceparent"), Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    assert_eq!(value("baggage"), Some("key=value"));
    assert!(value("x-amzn-bedrock-agentcore-runtime-request-id").is_some());
    for kept_back in ["authorization", "cookie", "x-amz-date", "host"] {
        assert_eq!(value(kept_back), None, "{kept_back}");
    }
    server.shut_down().await;
}

#[tokio::test]
async fn the_caller_gets_the_answers_status_type_and_trace() {
    let answer = || {
        let mut reply = reply(202, "application/x-ndjson", ByteStream::once("{}\n"));
        reply.headers.push(("mcp-session-id".to_owned(), b"mcp-1".to_vec()));
        reply.headers.push(("tracestate".to_owned(), b"vendor=1".to_vec()));
        reply.headers.push(("set-cookie".to_owned(), b"secret=1".to_vec()));
        reply
    };
    let (server, client, agent, _) = listening_agent(answer).await;
    let answer = ask(&client, &agent, FIRST, &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (202, "{}\n"));
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert_eq!(answer.header("mcp-session-id"), "mcp-1");
    assert_eq!(answer.header("tracestate"), "vendor=1");
    assert!(answer.header("traceparent").starts_with("00-"), "{:?}", answer.headers);
    assert_eq!(answer.header("set-cookie"), "");
    server.shut_down().await;
}

/// Goes back chunk by chunk as it comes.
fn echo(exchange: Exchange) -> crate::agents::Answer {
    now(reply(200, "application/octet-stream", exchange.body))
}

/// Reads everything and says how much it was.
fn measure(mut exchange: Exchange) -> crate::agents::Answer {
    Box::pin(async move {
        let mut size = 0;
        while let Some(chunk) = exchange.body.next().await {
            size += chunk.map_err(|error| NoReply(error.to_string()))?.len();
        }
        Ok(reply(200, "text/plain", ByteStream::once(size.to_string())))
    })
}

#[tokio::test]
async fn a_hundred_million_bytes_go_in_and_out_as_a_stream() {
    const SIZE: usize = 100_000_000;
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    server.host.install("echoing", Agent::new(echo));
    let agent = deploy(&client, "echoing").await;
    let mut answer = client.call(Method::POST, &agent.invocations()).streamed(filler(SIZE)).open().await;
    assert!(answer.status.is_success());
    let (mut size, mut largest) = (0, 0);
    while let Some(chunk) = answer.chunk().await {
        let chunk = chunk.unwrap();
        assert!(chunk.iter().all(|byte| *byte == b'x'));
        (size, largest) = (size + chunk.len(), largest.max(chunk.len()));
    }
    assert_eq!(size, SIZE);
    // It came through in pieces: nobody on the way put it together.
    assert!(largest < 2 << 20, "{largest}");
    server.shut_down().await;
}

/// What boto3 sends names no hash, so it waits on disk for its proof and leaves nothing there.
#[tokio::test]
async fn a_hundred_million_signed_bytes_arrive() {
    const SIZE: usize = 100_000_000;
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    server.host.install("measuring", Agent::new(measure));
    let agent = deploy(&client, "measuring").await;
    let call = client.call(Method::POST, &agent.invocations()).body(vec![b'x'; SIZE]);
    assert_eq!(call.send().await.text(), SIZE.to_string());
    let left: Vec<_> = std::fs::read_dir(server.data().join("work")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    server.shut_down().await;
}

#[tokio::test]
async fn a_longer_payload_is_refused() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    server.host.install("measuring", Agent::new(measure));
    let agent = deploy(&client, "measuring").await;
    let announced = client.call(Method::POST, &agent.invocations()).body(vec![b'x'; 100_000_001]);
    announced.send().await.error(400, "ValidationException");
    let answer = client.call(Method::POST, &agent.invocations()).streamed(filler(100_000_001)).send().await;
    assert!(!answer.status.is_success(), "{}", answer.text());
    server.shut_down().await;
}
