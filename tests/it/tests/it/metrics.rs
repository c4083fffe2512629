//! AgentCore's metrics on the metrics page, after calls that are known.

use std::sync::Mutex;

use config::Limits;
use http::Method;
use sandbox_sim::{SimFailure, Step, reply};
use stdx::ByteStream;
use test_kit::TestServer;

use crate::agents::{Agent, dictated, now};
use crate::client::{Answer, Client, until};
use crate::deploy::{Deployed, deploy, server_with};

const SESSION: &str = "x-amzn-bedrock-agentcore-runtime-session-id";

async fn invoke(client: &Client, target: &str, session: u8) -> Answer {
    let call = client.call(Method::POST, target).body("{}");
    call.header(SESSION, &format!("session-{session:033}")).send().await
}

/// What the page says of a metric of an agent's default endpoint.
async fn shown(client: &Client, metric: &str, agent: &str, arn: &str) -> Option<f64> {
    let page = client.get("/metrics").unsigned().send().await;
    let labels = format!(r#"{{Service="AgentCore.Runtime",Resource="{arn}",Name="{agent}"}} "#);
    let line = format!("agentcore_{metric}{labels}");
    page.text().lines().find_map(|found| found.strip_prefix(&line)?.parse().ok())
}

async fn check(client: &Client, agent: (&str, &str), expected: &[(&str, f64)]) {
    for (metric, value) in expected {
        // An answer is counted to its end, which its client may see before the server's books do.
        until(&format!("{metric} is {value}"), async || {
            shown(client, metric, agent.0, agent.1).await == Some(*value)
        })
        .await;
    }
}

#[tokio::test]
async fn each_call_is_counted_in_its_class() {
    let (server, client, agent) = server_with("agent").await;
    let target = agent.invocations();
    invoke(&client, &target, 1).await.json();
    invoke(&client, &target, 1).await.json();
    server.host.fail_next(Step::Start, SimFailure::DiskFull);
    invoke(&client, &target, 2).await.error(500, "InternalServerException");
    let refusing = |_| now(reply(500, "text/plain", ByteStream::once("no")));
    server.host.install("refusing", Agent::new(refusing));
    let other = deploy(&client, "refusing").await;
    invoke(&client, &other.invocations(), 1).await.error(424, "RuntimeClientError");
    invoke(&client, &format!("{target}?qualifier=nothing"), 1).await.error(404, "ResourceNotFoundException");

    let good = [("Invocations", 3.0), ("UserErrors", 0.0), ("SystemErrors", 1.0), ("TotalErrors", 1.0)];
    check(&client, ("agent::DEFAULT", &agent.arn), &good).await;
    // Nobody read the body of the request that found no sandbox.
    let more = [("Throttles", 0.0), ("Latency_count", 3.0), ("InboundStreamingBytesProcessed", 4.0)];
    check(&client, ("agent::DEFAULT", &agent.arn), &more).await;
    let bad = [("Invocations", 1.0), ("UserErrors", 1.0), ("SystemErrors", 0.0), ("TotalErrors", 1.0)];
    check(&client, ("refusing::DEFAULT", &other.arn), &bad).await;
    check(&client, ("unknown", "unknown"), &[("Invocations", 1.0), ("UserErrors", 1.0)]).await;
    server.shut_down().await;
}

#[tokio::test]
async fn throttled_requests_are_no_errors_of_a_user() {
    let limits = Limits { requests_per_second: Some(2), ..Limits::default() };
    let server = TestServer::with_limits(limits).await.unwrap();
    let client = Client::of(&server);
    let agent = deploy(&client, "agent").await;
    let target = agent.invocations();
    let answers = futures_util::future::join_all((0..20).map(|_| invoke(&client, &target, 1))).await;
    let throttled = answers.iter().filter(|answer| answer.status == 429).count();
    assert!(throttled >= 10);
    #[expect(clippy::cast_precision_loss, reason = "at most twenty")]
    let throttled = throttled as f64;
    let counted =
        [("Invocations", 20.0), ("Throttles", throttled), ("UserErrors", 0.0), ("TotalErrors", 0.0)];
    check(&client, ("agent::DEFAULT", &agent.arn), &counted).await;
    server.shut_down().await;
}

#[tokio::test]
async fn a_stream_is_active_until_its_end_and_its_bytes_are_counted() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let (say, body) = dictated();
    let body: Mutex<Option<ByteStream>> = Mutex::new(Some(body));
    server.host.install(
        "dictated",
        Agent::new(move |_| {
            let body = body.lock().unwrap().take().expect("one invocation");
            now(reply(200, "text/event-stream", body))
        }),
    );
    let agent: Deployed = deploy(&client, "dictated").await;
    let mut answer = client.call(Method::POST, &agent.invocations()).body("{}").open().await;
    say.send("data: 1\n\n").await.unwrap();
    answer.chunk().await.unwrap().unwrap();
    let name = ("dictated::DEFAULT", agent.arn.as_str());
    let active = [("ActiveStreamingConnections", 1.0), ("OutboundStreamingBytesProcessed", 9.0)];
    check(&client, name, &active).await;
    drop(say);
    assert!(answer.chunk().await.is_none());
    check(&client, name, &[("ActiveStreamingConnections", 0.0), ("Latency_count", 1.0)]).await;
    server.shut_down().await;
}

#[tokio::test]
async fn sessions_and_what_they_use_are_shown() {
    let (server, client, agent) = server_with("agent").await;
    let (target, name) = (agent.invocations(), ("agent::DEFAULT", agent.arn.as_str()));
    for session in [1, 2] {
        invoke(&client, &target, session).await.json();
    }
    let path = format!("/_freehold/v1/sessions/{}/DEFAULT/session-{:033}/suspend", agent.id, 1);
    client.call(Method::POST, &path).send().await.json();
    invoke(&client, &target, 1).await.json();
    check(&client, name, &[("SessionCount", 2.0)]).await;
    until("processor time and memory are counted", async || {
        let cpu = shown(&client, "CPUUsed_vCPUHours", name.0, name.1).await;
        let memory = shown(&client, "MemoryUsed_GBHours", name.0, name.1).await;
        cpu.is_some_and(|cpu| cpu > 0.0) && memory.is_some_and(|memory| memory >= 0.125 / 3_600.0)
    })
    .await;
    server.shut_down().await;
}
