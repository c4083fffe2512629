//! Answers that come piece by piece, and clients that leave in the middle of them.

use std::sync::{Arc, Mutex};

use http::Method;
use sandbox_sim::reply;
use stdx::ByteStream;
use test_kit::TestServer;
use tokio::sync::mpsc;

use crate::agents::{Agent, dictated, now};
use crate::client::{Client, Open, PATIENCE, until};
use crate::deploy::{Deployed, deploy, server_with};

/// An agent whose one answer is dictated by the test.
async fn dictation() -> (TestServer, Client, Deployed, mpsc::Sender<&'static str>) {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let (say, body) = dictated();
    let body: Mutex<Option<ByteStream>> = Mutex::new(Some(body));
    let agent = Agent::new(move |_| {
        let body = body.lock().unwrap().take().expect("one invocation");
        now(reply(200, "text/event-stream", body))
    });
    server.host.install("dictated", agent);
    let deployed = deploy(&client, "dictated").await;
    (server, client, deployed, say)
}

async fn invoke(client: &Client, agent: &Deployed) -> Open {
    let answer = client.call(Method::POST, &agent.invocations()).body("{}").open().await;
    assert!(answer.status.is_success());
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    answer
}

/// Each event is said only after the one before has been heard: an answer that is held back anywhere never ends.
#[tokio::test]
async fn an_event_arrives_before_the_next_one_exists() {
    let (server, client, agent, say) = dictation().await;
    let mut answer = invoke(&client, &agent).await;
    for event in ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"] {
        say.send(event).await.unwrap();
        assert_eq!(answer.chunk().await.unwrap().unwrap(), event);
    }
    drop(say);
    assert!(answer.chunk().await.is_none());
    server.shut_down().await;
}

#[tokio::test]
async fn an_agent_hears_that_its_client_has_gone() {
    let (server, client, agent, say) = dictation().await;
    let mut answer = invoke(&client, &agent).await;
    say.send("data: 1\n\n").await.unwrap();
    answer.chunk().await.unwrap().unwrap();
    drop(answer);
    tokio::time::timeout(PATIENCE, say.closed()).await.expect("the agent's answer is dropped");
    // The session lives on.
    assert_eq!(server.host.running().len(), 1);
    server.shut_down().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_the_agent_back() {
    let (server, client, agent, say) = dictation().await;
    let mut answer = invoke(&client, &agent).await;
    let sent = Arc::new(Mutex::new(0_usize));
    let counter = Arc::clone(&sent);
    const CHUNK: &str = include_str!("streaming.rs");
    const MOST: usize = 64 << 20;
    let speaking = tokio::spawn(async move {
        while *counter.lock().unwrap() < MOST {
            say.send(CHUNK).await.unwrap();
            *counter.lock().unwrap() += CHUNK.len();
        }
    });
    // What fits in the sockets' buffers goes out, then nothing more.
    let mut before = usize::MAX;
    until("the agent is held back", async || {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let now = *sent.lock().unwrap();
        now == std::mem::replace(&mut before, now)
    })
    .await;
    assert!(before < MOST / 2, "{before} bytes were taken from the agent while nobody read them");
    let mut read = 0;
    while let Some(chunk) = answer.chunk().await {
        read += chunk.unwrap().len();
    }
    speaking.await.unwrap();
    assert_eq!(read, *sent.lock().unwrap());
    server.shut_down().await;
}

/// The head has been sent, so the answer can only break off: the client must not take it for complete.
#[tokio::test]
async fn an_answer_whose_sandbox_dies_breaks_off() {
    let (server, client, agent, say) = dictation().await;
    let mut answer = invoke(&client, &agent).await;
    say.send("data: 1\n\n").await.unwrap();
    answer.chunk().await.unwrap().unwrap();
    let running = server.host.running();
    assert!(server.host.kill(&running[0], "out of memory"));
    let end = answer.chunk().await.expect("more than a clean end");
    assert!(end.is_err(), "{end:?}");
    server.shut_down().await;
}

#[tokio::test]
async fn server_sent_events_come_through_unchanged() {
    let (server, client, agent) = server_with("sse").await;
    let answer = invoke(&client, &agent).await.whole().await;
    assert_eq!(answer.text(), "data: {\"part\":1}\n\ndata: {\"part\":2}\n\ndata: {\"part\":3}\n\n");
    server.shut_down().await;
}
