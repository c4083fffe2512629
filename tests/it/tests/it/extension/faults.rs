//! Disks that are full, snapshots that are no more, and what stays behind: nothing.

use http::Method;
use sandbox_sim::{SimFailure, Step};

use super::support::{FIRST, OTHER, ask, checkpoint, count, delete, fork, path, post, shown};
use crate::client::until;
use crate::deploy::server_with;

#[tokio::test]
async fn a_full_disk_is_told_and_the_session_runs_on() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    server.host.fail_next(Step::Suspend, SimFailure::DiskFull);
    let refused = post(&client, &agent, FIRST, "/suspend").send().await;
    refused.error(503, "ServiceUnavailableException");
    assert_eq!(server.host.running().len(), 1);
    server.host.fail_next(Step::CopySnapshot, SimFailure::DiskFull);
    checkpoint(&client, &agent, FIRST, "one").await.error(503, "ServiceUnavailableException");
    assert_eq!(count(&client, &agent, FIRST).await, 2);
    checkpoint(&client, &agent, FIRST, "one").await.json();
    server.host.fail_next(Step::CopySnapshot, SimFailure::DiskFull);
    fork(&client, &agent, (FIRST, "one"), OTHER).await.error(503, "ServiceUnavailableException");
    ask(&client, &agent, FIRST).await.json();
    fork(&client, &agent, (FIRST, "one"), OTHER).await.json();
    assert_eq!(count(&client, &agent, OTHER).await, 3);
    server.shut_down().await;
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_used_is_a_session_that_begins_anew() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    post(&client, &agent, FIRST, "/suspend").send().await.json();
    for snapshot in server.host.snapshots() {
        assert!(server.host.spoil_snapshot(&snapshot, "it was made by another machine"));
    }
    assert_eq!(count(&client, &agent, FIRST).await, 1);
    assert_eq!(shown(&client, &agent, FIRST).await["state"], "IDLE");
    server.shut_down().await;
}

#[tokio::test]
async fn nothing_stays_of_what_was_ended_and_deleted() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    checkpoint(&client, &agent, FIRST, "one").await.json();
    fork(&client, &agent, (FIRST, "one"), OTHER).await.json();
    count(&client, &agent, FIRST).await;
    post(&client, &agent, FIRST, "/checkpoints/one/rewind").send().await.json();
    for session in [FIRST, OTHER] {
        delete(&client, &agent, session, "").send().await.json();
    }
    assert_eq!(server.host.snapshots().len(), 1, "the checkpoint's");
    delete(&client, &agent, FIRST, "/checkpoints/one").send().await.json();
    until("no snapshot is left", async || server.host.snapshots().is_empty()).await;
    server.shut_down().await;
}

#[tokio::test]
async fn checkpoints_and_suspended_sessions_go_with_their_runtime() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    checkpoint(&client, &agent, FIRST, "one").await.json();
    fork(&client, &agent, (FIRST, "one"), OTHER).await.json();
    client.call(Method::DELETE, &format!("/runtimes/{}/", agent.id)).send().await.json();
    until("nothing of it is left", async || {
        server.host.snapshots().is_empty() && server.host.running().is_empty()
    })
    .await;
    for below in ["", "/checkpoints"] {
        client.get(&path(&agent, FIRST, below)).send().await.error(404, "ResourceNotFoundException");
    }
    server.shut_down().await;
}
