//! Starting from a checkpoint: a new session, or the old one once more.

use http::Method;
use serde_json::json;

use super::support::{FIRST, OTHER, THIRD, checkpoint, count, delete, fork, path, post, shown};
use crate::deploy::server_with;

#[tokio::test]
async fn two_forks_of_one_moment_go_their_own_ways() {
    let (server, client, agent) = server_with("agent").await;
    for _ in 0..3 {
        count(&client, &agent, FIRST).await;
    }
    checkpoint(&client, &agent, FIRST, "what-if").await.json();
    for session in [OTHER, THIRD] {
        let forked = fork(&client, &agent, (FIRST, "what-if"), session).await.json();
        assert_eq!((&forked["sessionId"], &forked["state"]), (&session.into(), &"SUSPENDED".into()));
    }
    assert_eq!(count(&client, &agent, OTHER).await, 4);
    assert_eq!(count(&client, &agent, OTHER).await, 5);
    assert_eq!(count(&client, &agent, THIRD).await, 4);
    assert_eq!(count(&client, &agent, FIRST).await, 4);
    assert_eq!(server.host.running().len(), 3);
    server.shut_down().await;
}

#[tokio::test]
async fn a_fork_outlives_what_it_came_from() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    checkpoint(&client, &agent, FIRST, "one").await.json();
    fork(&client, &agent, (FIRST, "one"), OTHER).await.json();
    delete(&client, &agent, FIRST, "/checkpoints/one").send().await.json();
    delete(&client, &agent, FIRST, "").send().await.json();
    assert_eq!(count(&client, &agent, OTHER).await, 2);
    server.shut_down().await;
}

#[tokio::test]
async fn a_fork_without_a_name_is_given_one() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    checkpoint(&client, &agent, FIRST, "one").await.json();
    let forked = post(&client, &agent, FIRST, "/checkpoints/one/fork").send().await.json();
    let id = forked["sessionId"].as_str().unwrap();
    assert!(id.len() >= 33 && id != FIRST, "{id}");
    assert_eq!(count(&client, &agent, id).await, 2);
    server.shut_down().await;
}

#[tokio::test]
async fn an_id_that_is_in_use_is_not_forked_to() {
    let (server, client, agent) = server_with("agent").await;
    for session in [FIRST, OTHER, THIRD] {
        count(&client, &agent, session).await;
    }
    checkpoint(&client, &agent, FIRST, "one").await.json();
    post(&client, &agent, THIRD, "/suspend").send().await.json();
    for taken in [FIRST, OTHER, THIRD] {
        fork(&client, &agent, (FIRST, "one"), taken).await.error(409, "ConflictException");
        assert_eq!(count(&client, &agent, taken).await, 2, "it was left alone");
    }
    delete(&client, &agent, OTHER, "").send().await.json();
    fork(&client, &agent, (FIRST, "one"), OTHER).await.json();
    assert_eq!(count(&client, &agent, OTHER).await, 2, "an id that was freed is free");
    let short = fork(&client, &agent, (FIRST, "one"), "short").await.error(400, "ValidationException");
    assert_eq!(short["fieldList"][0]["name"], "sessionId", "{short}");
    server.shut_down().await;
}

#[tokio::test]
async fn a_rewound_session_knows_nothing_of_what_came_after() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    checkpoint(&client, &agent, FIRST, "one").await.json();
    for _ in 0..2 {
        for _ in 0..3 {
            count(&client, &agent, FIRST).await;
        }
        let rewound = post(&client, &agent, FIRST, "/checkpoints/one/rewind").send().await.json();
        assert_eq!(rewound["state"], "SUSPENDED");
        assert!(server.host.running().is_empty());
        assert_eq!(count(&client, &agent, FIRST).await, 2);
    }
    server.shut_down().await;
}

#[tokio::test]
async fn a_session_that_has_ended_can_be_taken_back() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    checkpoint(&client, &agent, FIRST, "one").await.json();
    delete(&client, &agent, FIRST, "").send().await.json();
    let rewind = client.json(Method::POST, &path(&agent, FIRST, "/checkpoints/one/rewind"), &json!({}));
    assert_eq!(rewind.send().await.json()["state"], "SUSPENDED");
    assert_eq!(count(&client, &agent, FIRST).await, 2);
    assert_eq!(shown(&client, &agent, FIRST).await["state"], "IDLE");
    server.shut_down().await;
}
