//! What goes wrong with an invocation, each with its status and a message that helps.

use http::Method;
use sandbox_sim::reply;
use serde_json::json;
use stdx::ByteStream;
use test_kit::TestServer;
use tokio::sync::watch;

use crate::agents::{Agent, Slow, now};
use crate::client::{Answer, Client};
use crate::deploy::{Deployed, create, deploy, encoded, server_with, settled, upload, wish};

async fn invoke(client: &Client, path: &str) -> Answer {
    client.json(Method::POST, path, &json!({})).send().await
}

#[track_caller]
fn says(answer: &Answer, status: u16, name: &str, words: &[&str]) {
    let error = answer.error(status, name);
    for word in words {
        assert!(error["message"].as_str().unwrap().contains(word), "{word}: {error}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_404() {
    let (server, client, agent) = server_with("agent").await;
    let account = agent.arn.replace("000000000000", "111111111111");
    let region = agent.arn.replace("us-east-1", "eu-west-1");
    let absent = agent.arn.replace(&agent.id, "absent-abcdefghij");
    for path in [
        Deployed { id: String::new(), arn: absent }.invocations(),
        Deployed { id: String::new(), arn: account }.invocations(),
        Deployed { id: String::new(), arn: region }.invocations(),
        format!("{}?qualifier=absent", agent.invocations()),
        "/runtimes/absent-abcdefghij/invocations".to_owned(),
    ] {
        says(&invoke(&client, &path).await, 404, "ResourceNotFoundException", &[]);
    }
    assert!(server.host.running().is_empty());
    server.shut_down().await;
}

#[tokio::test]
async fn a_session_id_that_is_too_short_is_400() {
    let (server, client, agent) = server_with("agent").await;
    let call = client.json(Method::POST, &agent.invocations(), &json!({}));
    let answer = call.header("x-amzn-bedrock-agentcore-runtime-session-id", "short").send().await;
    let error = answer.error(400, "ValidationException");
    assert_eq!(error["fieldList"][0]["name"], "runtimeSessionId", "{error}");
    server.shut_down().await;
}

#[tokio::test]
async fn an_agent_that_is_not_ready_is_409() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let (may, start) = watch::channel(false);
    server.host.install("slow", Slow(start));
    let created = create(&client, "slow").await.json();
    let agent = Deployed {
        id: created["agentRuntimeId"].as_str().unwrap().to_owned(),
        arn: created["agentRuntimeArn"].as_str().unwrap().to_owned(),
    };
    says(&invoke(&client, &agent.invocations()).await, 409, "RetryableConflictException", &["READY"]);
    may.send(true).unwrap();
    assert_eq!(settled(&client, &agent.id).await["status"], "READY");
    assert!(invoke(&client, &agent.invocations()).await.status.is_success());
    server.shut_down().await;
}

#[tokio::test]
async fn an_agent_that_crashes_at_its_start_says_why() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let created = create(&client, "crash").await.json();
    let shown = settled(&client, created["agentRuntimeId"].as_str().unwrap()).await;
    assert_eq!(shown["status"], "CREATE_FAILED");
    assert!(shown["failureReason"].as_str().unwrap().contains("No module named 'absent'"), "{shown}");
    let path = format!("/runtimes/{}/invocations", encoded(created["agentRuntimeArn"].as_str().unwrap()));
    says(&invoke(&client, &path).await, 424, "RuntimeClientError", &["No module named 'absent'"]);
    assert!(server.host.running().is_empty());
    server.shut_down().await;
}

#[tokio::test]
async fn an_agent_that_crashes_in_a_request_is_424() {
    let (server, client, agent) = server_with("crash_in_request").await;
    let answer = invoke(&client, &agent.invocations()).await;
    says(&answer, 424, "RuntimeClientError", &["Fatal: cannot go on", "3"]);
    assert!(server.host.running().is_empty());
    server.shut_down().await;
}

#[tokio::test]
async fn an_agent_that_answers_with_an_error_is_424_in_its_words() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let refusing = |_| now(reply(500, "application/json", ByteStream::once(r#"{"error":"no money left"}"#)));
    server.host.install("refusing", Agent::new(refusing));
    let agent = deploy(&client, "refusing").await;
    let answer = invoke(&client, &agent.invocations()).await;
    says(&answer, 424, "RuntimeClientError", &["500", "no money left"]);
    server.shut_down().await;
}

#[tokio::test]
async fn an_archive_that_is_none_fails_the_runtime() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    upload(&client, "agent").await;
    let put = client.s3(Method::PUT, "/code/agent.zip").body("not a zip").send().await;
    assert!(put.status.is_success());
    let created = client.json(Method::PUT, "/runtimes/", &wish("agent", "agent")).send().await;
    // Whether it is refused at once or fails later, nothing is left that looks usable.
    if created.status.is_success() {
        let shown = settled(&client, created.json()["agentRuntimeId"].as_str().unwrap()).await;
        assert_eq!(shown["status"], "CREATE_FAILED", "{shown}");
        assert!(shown["failureReason"].as_str().unwrap().contains("archive"), "{shown}");
    } else {
        created.error(400, "ValidationException");
    }
    assert!(server.host.templates().is_empty());
    server.shut_down().await;
}

#[tokio::test]
async fn what_is_not_built_of_an_operation_is_501() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let mut container = wish("container", "agent");
    container["agentRuntimeArtifact"] = json!({ "containerConfiguration": {
        "containerUri": "000000000000.dkr.ecr.us-east-1.amazonaws.com/agent:latest" } });
    let mut mcp = wish("mcp", "agent");
    mcp["protocolConfiguration"] = json!({ "serverProtocol": "MCP" });
    for wish in [container, mcp] {
        let answer = client.json(Method::PUT, "/runtimes/", &wish).send().await;
        says(&answer, 501, "NotImplementedException", &["onfiguration"]);
    }
    server.shut_down().await;
}
