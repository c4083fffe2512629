//! Quotas and rates.

use config::Limits;
use http::Method;
use serde_json::json;
use test_kit::TestServer;

use crate::client::{Answer, Client};
use crate::deploy::{Deployed, deploy};

const SESSION: &str = "x-amzn-bedrock-agentcore-runtime-session-id";

async fn server(limits: Limits) -> (TestServer, Client, Deployed) {
    let server = TestServer::with_limits(limits).await.unwrap();
    let client = Client::of(&server);
    let agent = deploy(&client, "agent").await;
    (server, client, agent)
}

async fn invoke(client: &Client, agent: &Deployed, session: u8) -> Answer {
    let call = client.json(Method::POST, &agent.invocations(), &json!({}));
    call.header(SESSION, &format!("session-{session:033}")).send().await
}

#[tokio::test]
async fn more_sessions_than_allowed_are_402_until_one_ends() {
    let (server, client, agent) = server(Limits { sessions: Some(1), ..Limits::default() }).await;
    invoke(&client, &agent, 1).await.json();
    invoke(&client, &agent, 2).await.error(402, "ServiceQuotaExceededException");
    invoke(&client, &agent, 1).await.json();
    let stop = agent.invocations().replace("/invocations", "/stopruntimesession");
    let stop = client.json(Method::POST, &stop, &json!({})).header(SESSION, &format!("session-{:033}", 1));
    assert!(stop.send().await.status.is_success());
    invoke(&client, &agent, 2).await.json();
    server.shut_down().await;
}

#[tokio::test]
async fn requests_beyond_the_rate_are_429() {
    let (server, client, agent) = server(Limits { requests_per_second: Some(2), ..Limits::default() }).await;
    let answers = futures_util::future::join_all((0..20).map(|_| invoke(&client, &agent, 1))).await;
    let refused = answers.iter().filter(|answer| !answer.status.is_success());
    assert!(refused.clone().count() >= 10);
    refused.for_each(|answer| {
        answer.error(429, "ThrottlingException");
    });
    server.shut_down().await;
}

#[tokio::test]
async fn new_sessions_beyond_the_rate_are_429() {
    let (server, client, agent) =
        server(Limits { new_sessions_per_second: Some(2), ..Limits::default() }).await;
    let answers =
        futures_util::future::join_all((0..20).map(|session| invoke(&client, &agent, session))).await;
    let (served, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status.is_success());
    assert!(!served.is_empty() && refused.len() >= 10, "{} served", served.len());
    refused.iter().for_each(|answer| {
        answer.error(429, "ThrottlingException");
    });
    assert_eq!(server.host.running().len(), served.len(), "a refused session has no sandbox");
    server.shut_down().await;
}

#[tokio::test]
async fn new_sessions_beyond_a_minutes_worth_are_429() {
    let (server, client, agent) =
        server(Limits { new_sessions_per_minute: Some(3), ..Limits::default() }).await;
    for session in 0..3 {
        invoke(&client, &agent, session).await.json();
    }
    let refused = invoke(&client, &agent, 3).await.error(429, "ThrottlingException");
    assert!(refused["message"].as_str().unwrap().contains("3 new sessions a minute"), "{refused}");
    invoke(&client, &agent, 0).await.json();
    assert_eq!(server.host.running().len(), 3, "a refused session has no sandbox");
    server.shut_down().await;
}
