//! Listing sessions.

use serde_json::Value;

use super::support::{FIRST, OTHER, SESSIONS, THIRD, count, delete, post, shown};
use crate::client::Client;
use crate::deploy::{deploy, encoded, server_with};

async fn list(client: &Client, query: &str) -> Value {
    client.get(&format!("{SESSIONS}{query}")).send().await.json()
}

fn ids(page: &Value) -> Vec<&str> {
    page["sessions"].as_array().unwrap().iter().map(|row| row["sessionId"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn sessions_are_listed_in_each_state() {
    let (server, client, agent) = server_with("agent").await;
    assert!(ids(&list(&client, "").await).is_empty());
    for session in [FIRST, OTHER, THIRD] {
        count(&client, &agent, session).await;
    }
    post(&client, &agent, OTHER, "/suspend").send().await.json();
    delete(&client, &agent, THIRD, "").send().await.json();
    let all = list(&client, "").await;
    assert_eq!(ids(&all), [FIRST, OTHER, THIRD]);
    for (row, state) in all["sessions"].as_array().unwrap().iter().zip(["IDLE", "SUSPENDED", "ENDED"]) {
        assert_eq!((&row["state"], &row["agentRuntimeId"]), (&state.into(), &agent.id.as_str().into()));
        assert_eq!((&row["endpointName"], &row["agentRuntimeVersion"]), (&"DEFAULT".into(), &"1".into()));
        assert!(row["startedAt"].as_str().unwrap().ends_with('Z'), "{row}");
        assert_eq!(list(&client, &format!("?state={state}")).await["sessions"].as_array().unwrap().len(), 1);
        let alone = shown(&client, &agent, row["sessionId"].as_str().unwrap()).await;
        assert_eq!(alone["state"], state);
    }
    assert!(ids(&list(&client, "?state=ACTIVE").await).is_empty());
    server.shut_down().await;
}

#[tokio::test]
async fn sessions_are_listed_by_agent_and_endpoint() {
    let (server, client, agent) = server_with("agent").await;
    let other = deploy(&client, "sse").await;
    count(&client, &agent, FIRST).await;
    super::support::ask(&client, &other, OTHER).await;
    assert_eq!(ids(&list(&client, &format!("?agentRuntimeId={}", agent.id)).await), [FIRST]);
    assert_eq!(ids(&list(&client, &format!("?agentRuntimeId={}", other.id)).await), [OTHER]);
    assert_eq!(ids(&list(&client, "?endpointName=DEFAULT").await).len(), 2);
    assert!(ids(&list(&client, "?endpointName=another").await).is_empty());
    server.shut_down().await;
}

#[tokio::test]
async fn pages_hold_every_session_once() {
    let (server, client, agent) = server_with("agent").await;
    let sessions: Vec<String> = (0..7).map(|number| format!("session-{number:033}")).collect();
    for session in &sessions {
        count(&client, &agent, session).await;
    }
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let page = list(&client, &format!("?maxResults=3{token}")).await;
        assert!(ids(&page).len() <= 3);
        found.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["nextToken"].as_str() else { break };
        token = format!("&nextToken={}", encoded(next));
    }
    assert_eq!(found, sessions);
    server.shut_down().await;
}

#[tokio::test]
async fn a_listing_that_cannot_be_is_refused_by_name() {
    let (server, client, agent) = server_with("agent").await;
    for session in [FIRST, OTHER] {
        count(&client, &agent, session).await;
    }
    for (query, member) in [
        ("?maxResults=0", "maxResults"),
        ("?maxResults=1001", "maxResults"),
        ("?maxResults=many", "maxResults"),
        ("?state=ASLEEP", "state"),
        ("?state=idle", "state"),
        ("?agentRuntimeId=no%20id", "agentRuntimeId"),
        ("?endpointName=%2F", "endpointName"),
        ("?nextToken=made-up", "nextToken"),
    ] {
        let error = client.get(&format!("{SESSIONS}{query}")).send().await.error(400, "ValidationException");
        assert_eq!(error["fieldList"][0]["name"], member, "{query}: {error}");
    }
    let page = list(&client, "?maxResults=1").await;
    let token = encoded(page["nextToken"].as_str().unwrap());
    let other = client.get(&format!("{SESSIONS}?state=IDLE&nextToken={token}")).send().await;
    other.error(400, "ValidationException");
    server.shut_down().await;
}
