//! What a restart of the server leaves of sessions and checkpoints.

use super::support::{FIRST, OTHER, THIRD, checkpoint, count, fork, path, post, shown};
use crate::client::Client;
use crate::deploy::server_with;

#[tokio::test]
async fn suspended_sessions_and_checkpoints_outlive_the_server() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    checkpoint(&client, &agent, FIRST, "one").await.json();
    count(&client, &agent, FIRST).await;
    post(&client, &agent, FIRST, "/suspend").send().await.json();
    fork(&client, &agent, (FIRST, "one"), OTHER).await.json();

    let server = server.restart().await.unwrap();
    let client = Client::of(&server);
    for session in [FIRST, OTHER] {
        assert_eq!(shown(&client, &agent, session).await["state"], "SUSPENDED");
    }
    assert_eq!(count(&client, &agent, FIRST).await, 3);
    assert_eq!(count(&client, &agent, OTHER).await, 2);
    fork(&client, &agent, (FIRST, "one"), THIRD).await.json();
    assert_eq!(count(&client, &agent, THIRD).await, 2);
    let listed = client.get(&path(&agent, FIRST, "/checkpoints")).send().await.json();
    assert_eq!(listed["checkpoints"][0]["name"], "one");
    server.shut_down().await;
}
