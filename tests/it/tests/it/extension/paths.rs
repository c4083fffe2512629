//! Which paths there are, and that nobody uses them unproven.

use extension_plane::IMPLEMENTED;
use http::{Method, StatusCode};
use restjson::spec::Segment;

use super::support::{FIRST, SESSIONS, path};
use crate::client::Client;
use crate::deploy::server_with;
use test_kit::TestServer;

#[tokio::test]
async fn a_path_that_leads_nowhere_is_told_where_others_lead() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    for path in [
        "/_freehold/",
        "/_freehold/v1",
        "/_freehold/v2/sessions",
        "/_freehold/v1/sessions/",
        "/_freehold/v1/%2F",
    ] {
        let error = client.get(path).send().await.error(404, "UnknownOperationException");
        let listed = error["operations"].as_array().unwrap();
        assert_eq!(listed.len(), IMPLEMENTED.len());
        let stop = "DELETE /_freehold/v1/sessions/{agentRuntimeId}/{endpointName}/{sessionId}";
        assert!(listed.iter().any(|shown| shown == stop), "{error}");
    }
    server.shut_down().await;
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let (server, client, agent) = server_with("agent").await;
    let answer = client.call(Method::PATCH, &path(&agent, FIRST, "")).send().await;
    answer.error(405, "UnknownOperationException");
    assert!(answer.header("allow").contains("DELETE"), "{:?}", answer.headers);
    server.shut_down().await;
}

#[tokio::test]
async fn every_operation_wants_a_signature() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    for spec in IMPLEMENTED {
        let path = spec.path.iter().fold(String::new(), |path, segment| {
            let (Segment::Literal(text) | Segment::Label(text)) = segment;
            format!("{path}/{text}")
        });
        let call = || client.call(spec.method.clone(), &path).body("{}");
        call().unsigned().send().await.error(403, "MissingAuthenticationTokenException");
        let forged = call().forged("{ }").send().await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{} {}", spec.name, forged.text());
    }
    server.shut_down().await;
}

#[tokio::test]
async fn what_names_nothing_is_not_found() {
    let (server, client, agent) = server_with("agent").await;
    let stop = |path: String| client.call(Method::DELETE, &path).send();
    for absent in [
        format!("{SESSIONS}/absent-abcdefghij/DEFAULT/{FIRST}"),
        format!("{SESSIONS}/no%20id/DEFAULT/{FIRST}"),
        format!("{SESSIONS}/{}/absent/{FIRST}", agent.id),
        format!("{SESSIONS}/{}/%2E%2E/{FIRST}", agent.id),
        path(&agent, FIRST, ""),
    ] {
        stop(absent).await.error(404, "ResourceNotFoundException");
    }
    for malformed in ["short", "%FF%FE", "session-1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaa%2F"] {
        let error = stop(path(&agent, malformed, "")).await.error(400, "ValidationException");
        assert_eq!(error["fieldList"][0]["name"], "sessionId", "{error}");
    }
    server.shut_down().await;
}

#[tokio::test]
async fn the_metrics_tell_our_operations_from_agentcores() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    client.get(SESSIONS).send().await.json();
    // AgentCore has sessions of another kind.
    client.call(Method::POST, "/memories/absent/actor/nobody/sessions").body("{}").send().await;
    let page = client.get("/metrics").send().await;
    let counted = |door: &str| page.text().contains(&format!(r#"{{door="{door}",operation="ListSessions""#));
    assert!(counted("freehold") && counted("agentcore"), "{}", page.text());
    server.shut_down().await;
}
