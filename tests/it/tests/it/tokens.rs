//! Client tokens: a repeated request has its first answer, another one under the same token is refused.

use http::Method;
use serde_json::{Value, json};
use test_kit::TestServer;

use crate::client::{Answer, Client};
use crate::deploy::{settled, upload, wish};

const TOKEN: &str = "0123456789abcdef0123456789abcdef0123";

async fn create(client: &Client, name: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let mut wish = wish(name, "agent");
    wish["clientToken"] = json!(TOKEN);
    change(&mut wish);
    client.json(Method::PUT, "/runtimes/", &wish).send().await
}

async fn count(client: &Client) -> usize {
    let listed = client.json(Method::POST, "/runtimes/", &json!({})).send().await.json();
    listed["agentRuntimes"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_replay_has_the_first_answer_also_after_a_restart() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    upload(&client, "agent").await;
    let first = create(&client, "once", |_| ()).await.json();
    let again = create(&client, "once", |_| ()).await.json();
    assert_eq!(again["agentRuntimeArn"], first["agentRuntimeArn"]);
    settled(&client, first["agentRuntimeId"].as_str().unwrap()).await;

    let server = server.restart().await.unwrap();
    let client = Client::of(&server);
    let again = create(&client, "once", |_| ()).await.json();
    assert_eq!(again["agentRuntimeArn"], first["agentRuntimeArn"]);
    let mismatch = create(&client, "other", |_| ()).await.error(400, "ValidationException");
    assert_eq!(mismatch["reason"], "IdempotentParameterMismatchException");
    let mismatch = create(&client, "once", |wish| wish["description"] = json!("changed")).await;
    mismatch.error(400, "ValidationException");
    assert_eq!(count(&client).await, 1);
    server.shut_down().await;
}

#[tokio::test]
async fn twenty_at_once_make_one() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    upload(&client, "agent").await;
    let racing = (0..20).map(|_| create(&client, "once", |_| ()));
    let answers = futures_util::future::join_all(racing).await;
    let arns: Vec<_> = answers.iter().map(|answer| answer.json()["agentRuntimeArn"].clone()).collect();
    assert!(arns.iter().all(|arn| *arn == arns[0]), "{arns:?}");
    assert_eq!(count(&client).await, 1);
    server.shut_down().await;
}

#[tokio::test]
async fn without_a_token_a_name_is_taken_once() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    upload(&client, "agent").await;
    let untold = |wish: &mut Value| {
        wish.as_object_mut().unwrap().remove("clientToken");
    };
    create(&client, "once", untold).await.json();
    create(&client, "once", untold).await.error(409, "ConflictException");
    assert_eq!(count(&client).await, 1);
    server.shut_down().await;
}
