//! Quotas and rates.

use std::sync::Arc;

use config::Limits;
use http::Method;
use sandbox::TemplateSpec;
use sandbox_sim::{SimMachine, SimProcess, SimProgram, reply};
use serde_json::{Value, json};
use stdx::ByteStream;
use test_kit::TestServer;

use crate::agents::{Agent, now};
use crate::client::{Answer, Client};
use crate::deploy::{Deployed, deploy, settled, upload, wish};

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

async fn stop(client: &Client, agent: &Deployed, session: u8) {
    let path = agent.invocations().replace("/invocations", "/stopruntimesession");
    let call = client.json(Method::POST, &path, &json!({}));
    let stopped = call.header(SESSION, &format!("session-{session:033}")).send().await;
    assert!(stopped.status.is_success(), "{}", stopped.text());
}

#[tokio::test]
async fn more_sessions_than_allowed_are_402_until_one_ends() {
    let (server, client, agent) = server(Limits { sessions: Some(1), ..Limits::default() }).await;
    invoke(&client, &agent, 1).await.json();
    invoke(&client, &agent, 2).await.error(402, "ServiceQuotaExceededException");
    invoke(&client, &agent, 1).await.json();
    stop(&client, &agent, 1).await;
    invoke(&client, &agent, 2).await.json();
    server.shut_down().await;
}

#[tokio::test]
async fn a_suspended_session_takes_no_place_and_needs_one_to_come_back() {
    let (server, client, agent) = server(Limits { sessions: Some(1), ..Limits::default() }).await;
    let suspend = |session: u8| {
        let path = format!("/_freehold/v1/sessions/{}/DEFAULT/session-{session:033}/suspend", agent.id);
        client.call(Method::POST, &path).send()
    };
    invoke(&client, &agent, 1).await.json();
    suspend(1).await.json();
    invoke(&client, &agent, 2).await.json();
    invoke(&client, &agent, 1).await.error(402, "ServiceQuotaExceededException");
    suspend(2).await.json();
    assert_eq!(invoke(&client, &agent, 1).await.json()["count"], 2, "a refusal loses nothing");
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

/// Answers invocations with the memory that its machine was given, in MiB.
struct Measuring;

impl SimProgram for Measuring {
    fn start(&self, spec: &TemplateSpec, machine: &SimMachine) -> Arc<dyn SimProcess> {
        let memory = spec.limits.memory_mib;
        let answer = move |_| now(reply(200, "application/json", ByteStream::once(memory.to_string())));
        Agent::new(answer).start(spec, machine)
    }
}

fn minimum(mebibytes: i64) -> Value {
    let mut wish = wish("measuring", "measuring");
    wish["resourceConfigurations"] = json!([{ "minimumMemoryInMiB": mebibytes }]);
    wish
}

#[tokio::test]
async fn a_sandbox_has_the_memory_that_was_asked_for() {
    let server = TestServer::with_limits(Limits { sandbox_memory_mib: Some(256), ..Limits::default() }).await;
    let server = server.unwrap();
    let client = Client::of(&server);
    server.host.install("measuring", Measuring);
    upload(&client, "measuring").await;
    let created = client.json(Method::PUT, "/runtimes/", &minimum(1024)).send().await.json();
    let (id, arn) = (text(&created["agentRuntimeId"]), text(&created["agentRuntimeArn"]));
    let agent = Deployed { id, arn };
    let shown = settled(&client, &agent.id).await;
    assert_eq!(shown["resourceConfigurations"], json!([{ "minimumMemoryInMiB": 1024 }]));
    assert_eq!(invoke(&client, &agent, 1).await.text(), "1024");

    let runtime = format!("/runtimes/{}/", agent.id);
    for (asked, given) in [(Some(100), "256"), (None, "256"), (Some(8192), "8192")] {
        let wish = asked.map_or_else(|| wish("measuring", "measuring"), minimum);
        assert!(client.json(Method::PUT, &runtime, &wish).send().await.status.is_success());
        settled(&client, &agent.id).await;
        stop(&client, &agent, 1).await;
        assert_eq!(invoke(&client, &agent, 1).await.text(), given, "{asked:?}");
    }
    server.shut_down().await;
}

#[tokio::test]
async fn memory_that_no_sandbox_can_have_is_refused() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    upload(&client, "measuring").await;
    for asked in [0, -1, 8193, i64::from(i32::MAX)] {
        let refused = client.json(Method::PUT, "/runtimes/", &minimum(asked)).send().await;
        let error = refused.error(400, "ValidationException");
        assert_eq!(error["fieldList"][0]["name"], "resourceConfigurations[0].minimumMemoryInMiB", "{error}");
    }
    server.shut_down().await;
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
