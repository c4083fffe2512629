//! Pages: complete, in order, and tied to the call that began them.

use http::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::deploy::{deploy, server_with, wish};

async fn list(client: &Client, query: &str) -> Answer {
    client.json(Method::POST, &format!("/runtimes/{query}"), &json!({})).send().await
}

fn token_of(page: &Value) -> String {
    crate::deploy::encoded(page["nextToken"].as_str().expect("another page"))
}

fn names(page: &Value) -> Vec<String> {
    let rows = page["agentRuntimes"].as_array().unwrap();
    rows.iter().map(|row| row["agentRuntimeName"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_hold_everything_once_also_across_a_restart() {
    let (server, client, _) = server_with("agent").await;
    for name in ["one", "two", "three", "four"] {
        client.json(Method::PUT, "/runtimes/", &wish(name, "agent")).send().await.json();
    }
    let first = list(&client, "?maxResults=2").await.json();
    let server = server.restart().await.unwrap();
    let client = Client::of(&server);
    let second = list(&client, &format!("?maxResults=2&nextToken={}", token_of(&first))).await.json();
    // Another page size is the same listing.
    let third = list(&client, &format!("?maxResults=100&nextToken={}", token_of(&second))).await.json();
    assert!(third["nextToken"].is_null(), "{third}");
    let mut all = [names(&first), names(&second), names(&third)].concat();
    all.sort();
    assert_eq!(all, ["agent", "four", "one", "three", "two"]);
    server.shut_down().await;
}

#[tokio::test]
async fn an_altered_token_is_refused() {
    let (server, client, _) = server_with("agent").await;
    deploy(&client, "sse").await;
    let token = list(&client, "?maxResults=1").await.json()["nextToken"].as_str().unwrap().to_owned();
    let mut altered: Vec<String> =
        (0..token.len()).step_by(7).map(|position| flipped(&token, position)).collect();
    altered.extend([token[1..].to_owned(), format!("{token}A"), "A".to_owned(), "not a token".to_owned()]);
    for altered in altered {
        let answer =
            list(&client, &format!("?maxResults=1&nextToken={}", crate::deploy::encoded(&altered))).await;
        answer.error(400, "ValidationException");
    }
    server.shut_down().await;
}

fn flipped(token: &str, position: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_token_is_good_for_its_own_listing_only() {
    let (server, client, agent) = server_with("agent").await;
    let other = deploy(&client, "sse").await;
    let updated =
        client.json(Method::PUT, &format!("/runtimes/{}/", agent.id), &wish("agent", "agent")).send().await;
    assert!(updated.status.is_success(), "{}", updated.text());
    let versions = |id: &str| format!("/runtimes/{id}/versions/?maxResults=1");
    let page = client.call(Method::POST, &versions(&agent.id)).send().await.json();
    let token = token_of(&page);
    let next = |path: String| client.call(Method::POST, &format!("{path}&nextToken={token}")).send();
    next(versions(&agent.id)).await.json();
    next(versions(&other.id)).await.error(400, "ValidationException");
    next("/runtimes/?maxResults=1".to_owned()).await.error(400, "ValidationException");
    server.shut_down().await;
}
