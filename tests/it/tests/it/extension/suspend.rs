//! Suspending, resuming and ending a session by hand.

use std::sync::Mutex;

use sandbox_sim::reply;
use stdx::ByteStream;
use test_kit::TestServer;

use super::support::{FIRST, OTHER, ask, checkpoint, count, delete, post, shown};
use crate::agents::{Agent, dictated, now};
use crate::client::{Client, until};
use crate::deploy::{deploy, server_with};

#[tokio::test]
async fn a_suspended_session_holds_nothing_and_goes_on_where_it_was() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    assert_eq!(count(&client, &agent, FIRST).await, 2);
    let suspended = post(&client, &agent, FIRST, "/suspend").send().await.json();
    assert_eq!((&suspended["state"], &suspended["sessionId"]), (&"SUSPENDED".into(), &FIRST.into()));
    assert!(suspended["storedBytes"].as_u64().unwrap() > 0, "{suspended}");
    assert!(server.host.running().is_empty(), "nothing runs for a suspended session");
    assert_eq!(shown(&client, &agent, FIRST).await, suspended);

    assert_eq!(count(&client, &agent, FIRST).await, 3, "the next request resumes it");
    assert_eq!(shown(&client, &agent, FIRST).await["state"], "IDLE");
    server.shut_down().await;
}

#[tokio::test]
async fn suspending_and_resuming_twice_is_no_error() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    for _ in 0..2 {
        let suspended = post(&client, &agent, FIRST, "/suspend").send().await.json();
        assert_eq!(suspended["state"], "SUSPENDED");
    }
    for _ in 0..2 {
        let resumed = post(&client, &agent, FIRST, "/resume").send().await.json();
        assert_eq!(resumed["state"], "IDLE");
        assert_eq!(server.host.running().len(), 1);
    }
    assert_eq!(count(&client, &agent, FIRST).await, 2);
    server.shut_down().await;
}

#[tokio::test]
async fn a_session_that_answers_is_not_suspended() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let (say, body) = dictated();
    let body: Mutex<Option<ByteStream>> = Mutex::new(Some(body));
    let answer = move |_| now(reply(200, "text/plain", body.lock().unwrap().take().expect("one request")));
    server.host.install("dictated", Agent::new(answer));
    let agent = deploy(&client, "dictated").await;
    let asking = {
        let (client, agent) =
            (client.clone(), crate::deploy::Deployed { id: agent.id.clone(), arn: agent.arn.clone() });
        tokio::spawn(async move { ask(&client, &agent, FIRST).await })
    };
    say.send("a part").await.unwrap();
    until("the request is under way", async || {
        let sessions = client.get(super::support::SESSIONS).send().await.json();
        sessions["sessions"][0]["state"] == "ACTIVE"
    })
    .await;
    assert_eq!(shown(&client, &agent, FIRST).await["requests"], 1);
    post(&client, &agent, FIRST, "/suspend").send().await.error(409, "ConflictException");
    checkpoint(&client, &agent, FIRST, "one").await.error(409, "ConflictException");
    drop(say);
    assert_eq!(asking.await.unwrap().text(), "a part");
    until("the session is quiet", async || shown(&client, &agent, FIRST).await["state"] == "IDLE").await;
    post(&client, &agent, FIRST, "/suspend").send().await.json();
    server.shut_down().await;
}

#[tokio::test]
async fn what_is_not_there_cannot_be_suspended() {
    let (server, client, agent) = server_with("agent").await;
    for below in ["/suspend", "/resume"] {
        post(&client, &agent, FIRST, below).send().await.error(404, "ResourceNotFoundException");
    }
    count(&client, &agent, FIRST).await;
    delete(&client, &agent, FIRST, "").send().await.json();
    for below in ["/suspend", "/resume"] {
        post(&client, &agent, FIRST, below).send().await.error(409, "ConflictException");
    }
    server.shut_down().await;
}

#[tokio::test]
async fn a_stopped_session_begins_anew_whether_it_ran_or_not() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    count(&client, &agent, OTHER).await;
    post(&client, &agent, OTHER, "/suspend").send().await.json();
    for session in [FIRST, OTHER] {
        let stopped = delete(&client, &agent, session, "").send().await.json();
        assert_eq!(stopped["state"], "ENDED", "{stopped}");
        assert!(stopped["endReason"].is_string() && stopped["endedAt"].is_string(), "{stopped}");
        assert!(stopped["storedBytes"].is_null(), "nothing is kept: {stopped}");
        delete(&client, &agent, session, "").send().await.json();
    }
    assert!(server.host.running().is_empty());
    for session in [FIRST, OTHER] {
        assert_eq!(count(&client, &agent, session).await, 1);
    }
    server.shut_down().await;
}
