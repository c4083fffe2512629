//! Keeping a session's state under a name.

use http::Method;
use serde_json::{Value, json};

use super::support::{FIRST, OTHER, checkpoint, count, delete, path, post, shown};
use crate::client::Client;
use crate::deploy::{Deployed, server_with};

async fn names(client: &Client, agent: &Deployed, session: &str) -> Vec<String> {
    let listed = client.get(&path(agent, session, "/checkpoints")).send().await.json();
    let rows = listed["checkpoints"].as_array().unwrap().iter();
    rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_checkpoint_is_kept_until_it_is_deleted() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    let made = checkpoint(&client, &agent, FIRST, "one").await.json();
    assert_eq!((&made["name"], &made["sessionId"]), (&"one".into(), &FIRST.into()));
    assert_eq!(made["agentRuntimeVersion"], "1");
    assert!(made["storedBytes"].as_u64().unwrap() > 0 && made["createdAt"].is_string(), "{made}");
    assert_eq!(count(&client, &agent, FIRST).await, 2, "the session goes on");
    checkpoint(&client, &agent, FIRST, "two").await.json();
    assert_eq!(names(&client, &agent, FIRST).await, ["one", "two"]);
    delete(&client, &agent, FIRST, "/checkpoints/one").send().await.json();
    assert_eq!(names(&client, &agent, FIRST).await, ["two"]);
    let gone = delete(&client, &agent, FIRST, "/checkpoints/one").send().await;
    gone.error(404, "ResourceNotFoundException");
    server.shut_down().await;
}

#[tokio::test]
async fn a_suspended_session_can_be_kept_as_it_is() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    post(&client, &agent, FIRST, "/suspend").send().await.json();
    checkpoint(&client, &agent, FIRST, "one").await.json();
    assert!(server.host.running().is_empty(), "nothing was woken for it");
    assert_eq!(shown(&client, &agent, FIRST).await["state"], "SUSPENDED");
    assert_eq!(count(&client, &agent, FIRST).await, 2);
    server.shut_down().await;
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    count(&client, &agent, OTHER).await;
    checkpoint(&client, &agent, FIRST, "one").await.json();
    checkpoint(&client, &agent, FIRST, "one").await.error(409, "ConflictException");
    checkpoint(&client, &agent, OTHER, "one").await.json();
    assert_eq!(count(&client, &agent, FIRST).await, 2, "and the session goes on");
    server.shut_down().await;
}

#[tokio::test]
async fn more_checkpoints_than_allowed_are_402() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    let mut kept = 0;
    let refused = loop {
        let answer = checkpoint(&client, &agent, FIRST, &format!("number-{kept}")).await;
        if !answer.status.is_success() {
            break answer;
        }
        kept += 1;
    };
    refused.error(402, "ServiceQuotaExceededException");
    assert_eq!(names(&client, &agent, FIRST).await.len(), kept);
    delete(&client, &agent, FIRST, "/checkpoints/number-0").send().await.json();
    checkpoint(&client, &agent, FIRST, "again").await.json();
    server.shut_down().await;
}

#[tokio::test]
async fn a_wish_that_is_not_understood_is_refused() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    let target = path(&agent, FIRST, "/checkpoints");
    let send = |body: String| client.call(Method::POST, &target).body(body).send();
    for unreadable in ["{", "[]", "\"name\"", "{\"name\": \"one\"", "\u{feff}{}"] {
        let error = send(unreadable.to_owned()).await.error(400, "ValidationException");
        assert_eq!(error["reason"], "CannotParse", "{unreadable}");
    }
    for (wish, what) in [
        (json!({}), "no name"),
        (json!({ "name": null }), "null"),
        (json!({ "name": 7 }), "a number"),
        (json!({ "name": "" }), "an empty name"),
        (json!({ "name": "../escape" }), "a path"),
        (json!({ "name": "n".repeat(500) }), "a long name"),
    ] {
        let error = send(wish.to_string()).await.error(400, "ValidationException");
        assert_eq!(error["fieldList"][0]["name"], "name", "{what}: {error}");
    }
    let long = json!({ "name": "one", "more": "x".repeat(70_000) });
    send(long.to_string()).await.error(400, "ValidationException");
    assert!(names(&client, &agent, FIRST).await.is_empty());

    let made: Value = send(json!({ "name": "one", "unknown": { "a": [1] } }).to_string()).await.json();
    assert_eq!(made["name"], "one", "what is not known is passed over");
    server.shut_down().await;
}

#[tokio::test]
async fn a_session_that_is_not_there_has_no_checkpoints() {
    let (server, client, agent) = server_with("agent").await;
    checkpoint(&client, &agent, FIRST, "one").await.error(404, "ResourceNotFoundException");
    for below in ["/checkpoints/one/fork", "/checkpoints/one/rewind"] {
        let answer = client.json(Method::POST, &path(&agent, FIRST, below), &json!({ "sessionId": OTHER }));
        answer.send().await.error(404, "ResourceNotFoundException");
    }
    count(&client, &agent, FIRST).await;
    for below in ["/checkpoints/one/fork", "/checkpoints/one/rewind"] {
        let answer = client.json(Method::POST, &path(&agent, FIRST, below), &json!({ "sessionId": OTHER }));
        answer.send().await.error(404, "ResourceNotFoundException");
    }
    server.shut_down().await;
}
