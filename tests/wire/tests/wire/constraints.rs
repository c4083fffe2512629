//! What the model forbids is refused member by member.

use std::sync::Arc;

use control_api::gateways::CreateGatewayTarget;
use control_api::memories::CreateMemory;
use control_api::runtimes::{CreateAgentRuntime, DeleteAgentRuntime, ListAgentRuntimes};
use expect_test::{Expect, expect};
use fault::Fault;
use http::Method;
use restjson::{Call, Handle, Operation, Registry};
use serde_json::{Value, json};

use crate::client::{Answer, send, services};

/// Takes whatever passes the checks, and shows what it was.
struct Accept;

impl<O: Operation> Handle<O> for Accept {
    async fn handle(&self, _: &Call, _: O::Input) -> fault::Result<O::Output> {
        Err(Fault::conflict("accepted"))
    }
}

async fn call(method: Method, target: &str, body: &str) -> Answer {
    let plane = Arc::new(Accept);
    let registry = Registry::new(&services())
        .on::<CreateAgentRuntime>(Arc::clone(&plane))
        .on::<DeleteAgentRuntime>(Arc::clone(&plane))
        .on::<ListAgentRuntimes>(Arc::clone(&plane))
        .on::<CreateGatewayTarget>(Arc::clone(&plane))
        .on::<CreateMemory>(plane);
    send(&registry, method, target, &[], body).await
}

/// One line for each fault, after the error's name and reason.
async fn check(method: Method, target: &str, body: Value, expected: Expect) {
    let answer = call(method, target, &body.to_string()).await;
    expected.assert_eq(&render(&answer));
}

fn render(answer: &Answer) -> String {
    let body = answer.json();
    let mut text =
        format!("{} {}", answer.header("x-amzn-errortype"), body["reason"].as_str().unwrap_or("-"));
    for field in body["fieldList"].as_array().into_iter().flatten() {
        text.push_str(&format!(
            "\n{}: {}",
            field["name"].as_str().unwrap_or(""),
            field["message"].as_str().unwrap_or("")
        ));
    }
    text
}

fn runtime(changes: &Value) -> Value {
    let mut body = json!({
        "agentRuntimeName": "hello",
        "agentRuntimeArtifact": { "codeConfiguration": {
            "code": { "s3": { "bucket": "code-bucket", "prefix": "hello.zip" } },
            "runtime": "PYTHON_3_13",
            "entryPoint": ["main.py"],
        } },
        "roleArn": "arn:aws:iam::000000000000:role/agent",
        "networkConfiguration": { "networkMode": "PUBLIC" },
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_good_request_passes() {
    check(Method::PUT, "/runtimes/", runtime(&json!({})), expect!["ConflictException -"]).await;
}

#[tokio::test]
async fn every_violation_is_told_with_its_path() {
    let body = runtime(&json!({
        "agentRuntimeName": "1 bad name",
        "agentRuntimeArtifact": { "codeConfiguration": {
            "code": { "s3": { "bucket": 7 } },
            "runtime": "PERL_5",
            "entryPoint": ["a", "b", "c"],
        } },
        "networkConfiguration": { "networkMode": "VPC", "networkModeConfig": {
            "securityGroups": ["sg-12345678", "nonsense"],
            "subnets": [],
        } },
        "lifecycleConfiguration": { "idleRuntimeSessionTimeout": 5, "maxLifetime": "long" },
        "tags": { "ok": "fine", "": "empty" },
    }));
    check(Method::PUT, "/runtimes/", body, expect![[r#"
        ValidationException FieldValidationFailed
        agentRuntimeName: must match the pattern [a-zA-Z][a-zA-Z0-9_]{0,47}
        agentRuntimeArtifact.codeConfiguration.code.s3.bucket: must be a string
        agentRuntimeArtifact.codeConfiguration.code.s3.prefix: is required
        agentRuntimeArtifact.codeConfiguration.runtime: must be one of PYTHON_3_10 PYTHON_3_11 PYTHON_3_12 PYTHON_3_13 PYTHON_3_14 NODE_22
        agentRuntimeArtifact.codeConfiguration.entryPoint: must have 1 to 2 items, not 3
        networkConfiguration.networkModeConfig.securityGroups[1]: must match the pattern sg-[0-9a-zA-Z]{8,17}
        networkConfiguration.networkModeConfig.subnets: must have 1 to 16 items, not 0
        lifecycleConfiguration.idleRuntimeSessionTimeout: must be 60 to 1209600, not 5
        lifecycleConfiguration.maxLifetime: must be a whole number
        tags.: must have 1 to 128 characters, not 0"#]]).await;
}

#[tokio::test]
async fn what_is_missing_is_named() {
    check(
        Method::PUT,
        "/runtimes/",
        json!({ "roleArn": null }),
        expect![[r#"
        ValidationException FieldValidationFailed
        agentRuntimeName: is required
        agentRuntimeArtifact: is required
        roleArn: is required"#]],
    )
    .await;
}

#[tokio::test]
async fn a_union_has_exactly_one_member() {
    for artifact in [
        json!({}),
        json!({ "unknown": {} }),
        json!({ "codeConfiguration": {}, "containerConfiguration": {} }),
    ] {
        let body = runtime(&json!({ "agentRuntimeArtifact": artifact })).to_string();
        let answer = call(Method::PUT, "/runtimes/", &body).await;
        let expected = "agentRuntimeArtifact: must have exactly one of the members containerConfiguration, codeConfiguration";
        assert!(render(&answer).ends_with(expected), "{artifact}");
    }
}

#[tokio::test]
async fn images_may_come_from_any_registry() {
    let artifact =
        json!({ "containerConfiguration": { "containerUri": "localhost:5000/agents/hello:latest" } });
    check(
        Method::PUT,
        "/runtimes/",
        runtime(&json!({ "agentRuntimeArtifact": artifact })),
        expect!["ConflictException -"],
    )
    .await;
}

#[tokio::test]
async fn bodies_that_cannot_be_read_say_so() {
    for body in ["{", "[]", "7", "{\"a\":1}{", "\u{0}"] {
        let answer = call(Method::PUT, "/runtimes/", body).await;
        assert_eq!(render(&answer), "ValidationException CannotParse", "{body}");
    }
    let deep = "[".repeat(100_000);
    let answer = call(Method::PUT, "/runtimes/", &deep).await;
    assert_eq!(render(&answer), "ValidationException CannotParse");
}

#[tokio::test]
async fn queries_are_checked_like_bodies() {
    let listing = |query: &'static str, expected| async move {
        check(Method::POST, &format!("/runtimes/?{query}"), json!({}), expected).await;
    };
    listing("maxResults=5&other=1", expect!["ValidationException ResourceConflict"]).await;
    listing(
        "maxResults=five",
        expect![[r#"
        ValidationException FieldValidationFailed
        maxResults: must be a whole number"#]],
    )
    .await;
    listing(
        "maxResults=0",
        expect![[r#"
        ValidationException FieldValidationFailed
        maxResults: must be 1 to 100, not 0"#]],
    )
    .await;
}

#[tokio::test]
async fn a_malformed_name_names_nothing_where_validation_is_no_listed_error() {
    check(Method::DELETE, "/runtimes/not%20a%20name/", json!({}), expect!["ResourceNotFoundException -"])
        .await;
}

#[tokio::test]
async fn labels_have_to_be_text() {
    check(
        Method::POST,
        "/gateways/%FF/targets/",
        json!({ "name": "a" }),
        expect![[r#"
        ValidationException FieldValidationFailed
        gatewayIdentifier: must be UTF-8 text once it is decoded"#]],
    )
    .await;
}

#[tokio::test]
async fn shapes_that_hold_themselves_are_read_to_their_depth() {
    let mut schema = json!({ "type": "shape" });
    for _ in 0..20 {
        schema = json!({ "type": "array", "items": schema });
    }
    let body = json!({
        "name": "target",
        "targetConfiguration": { "mcp": { "lambda": {
            "lambdaArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
            "toolSchema": { "inlinePayload": [{ "name": "t", "description": "d", "inputSchema": schema }] },
        } } },
    });
    let answer = call(Method::POST, "/gateways/gateway-abcdefghij/targets/", &body.to_string()).await;
    let text = render(&answer);
    assert!(
        text.ends_with(".items.type: must be one of string number object array boolean integer"),
        "{text}"
    );
    assert_eq!(text.matches(".items").count(), 20);
}

#[tokio::test]
async fn a_look_ahead_pattern_is_checked_by_hand() {
    for (key, expected) in [
        ("team", "ConflictException -"),
        (
            "actorId",
            "ValidationException FieldValidationFailed\nnamespaceKeys[0].key: must match the pattern \
             (?!memoryStrategyId$|actorId$|sessionId$)[a-z][a-z0-9]*",
        ),
    ] {
        let body = json!({ "name": "notes", "eventExpiryDuration": 30, "namespaceKeys": [{ "key": key }] });
        let answer = call(Method::POST, "/memories/create", &body.to_string()).await;
        assert_eq!(render(&answer), expected);
    }
}

#[tokio::test]
async fn a_flood_of_violations_is_cut_short() {
    let ports: Vec<_> = (0..5).map(|_| json!({})).collect();
    let tags: serde_json::Map<_, _> = (0..50).map(|index| (format!("k{index}"), json!(7))).collect();
    let body = runtime(&json!({ "tags": tags, "allowedPorts": ports, "environmentVariables": tags }));
    let answer = call(Method::PUT, "/runtimes/", &body.to_string()).await;
    assert_eq!(answer.json()["fieldList"].as_array().map(Vec::len), Some(100));
}
