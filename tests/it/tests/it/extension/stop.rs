//! Ending a session.

use http::Method;

use super::support::{FIRST, count, path};
use crate::deploy::server_with;

#[tokio::test]
async fn a_stopped_session_begins_anew() {
    let (server, client, agent) = server_with("agent").await;
    count(&client, &agent, FIRST).await;
    client.call(Method::DELETE, &path(&agent, FIRST, "")).send().await.json();
    assert!(server.host.running().is_empty());
    client.call(Method::DELETE, &path(&agent, FIRST, "")).send().await.json();
    assert_eq!(count(&client, &agent, FIRST).await, 1);
    server.shut_down().await;
}
