//! A service as its author writes it, called as a client calls it.

use std::sync::Arc;

use control_api::runtimes::{CreateAgentRuntime, CreateAgentRuntimeRequest, CreateAgentRuntimeResponse};
use control_api::shared::AgentRuntimeStatus;
use data_api::runtimes::{InvokeAgentRuntime, InvokeAgentRuntimeRequest, InvokeAgentRuntimeResponse};
use http::{Method, StatusCode};
use restjson::{Call, Handle, IntoDocument, Iso8601, Registry};
use serde_json::json;

use crate::client::{send, services};

struct Plane;

impl Handle<CreateAgentRuntime> for Plane {
    async fn handle(
        &self,
        call: &Call,
        input: CreateAgentRuntimeRequest,
    ) -> fault::Result<CreateAgentRuntimeResponse> {
        assert_eq!(
            input.agent_runtime_artifact.into_document()["codeConfiguration"]["runtime"],
            "PYTHON_3_13"
        );
        let id = format!("{}-abcdefghij", input.agent_runtime_name);
        Ok(CreateAgentRuntimeResponse {
            agent_runtime_arn: format!(
                "arn:aws:bedrock-agentcore:{}:{}:runtime/{id}",
                call.region(),
                call.account()
            ),
            workload_identity_details: None,
            agent_runtime_id: id,
            agent_runtime_version: "1".to_owned(),
            created_at: Iso8601(call.received()),
            status: AgentRuntimeStatus::Creating,
        })
    }
}

impl Handle<InvokeAgentRuntime> for Plane {
    async fn handle(
        &self,
        call: &Call,
        input: InvokeAgentRuntimeRequest,
    ) -> fault::Result<InvokeAgentRuntimeResponse> {
        let custom = call.headers.get("x-amzn-bedrock-agentcore-runtime-custom-color");
        assert_eq!(custom.expect("passed on"), "blue");
        assert_eq!(input.agent_runtime_arn, ARN);
        Ok(InvokeAgentRuntimeResponse {
            runtime_session_id: input.runtime_session_id,
            mcp_session_id: None,
            mcp_protocol_version: None,
            trace_id: None,
            trace_parent: None,
            trace_state: None,
            baggage: None,
            content_type: "text/event-stream".to_owned(),
            response: input.payload,
            status_code: Some(203),
            session_endpoint_url: None,
        })
    }
}

const ARN: &str = "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/hello-abcdefghij";

fn registry() -> Registry {
    let plane = Arc::new(Plane);
    Registry::new(&services()).on::<CreateAgentRuntime>(Arc::clone(&plane)).on::<InvokeAgentRuntime>(plane)
}

#[tokio::test]
async fn a_document_goes_in_and_a_document_comes_out() {
    let body = json!({
        "agentRuntimeName": "hello",
        "agentRuntimeArtifact": { "codeConfiguration": {
            "code": { "s3": { "bucket": "code-bucket", "prefix": "hello.zip" } },
            "runtime": "PYTHON_3_13",
            "entryPoint": ["main.py"],
        } },
        "roleArn": "arn:aws:iam::000000000000:role/agent",
        "networkConfiguration": { "networkMode": "PUBLIC" },
        "memberOfTheFuture": true,
        "description": null,
    });
    let answer = send(&registry(), Method::PUT, "/runtimes/", &[], &body.to_string()).await;
    assert_eq!(answer.json()["agentRuntimeArn"], ARN);
    assert_eq!(answer.json()["createdAt"], "2026-01-01T00:00:00Z");
    assert_eq!(answer.json()["status"], "CREATING");
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.header("x-amzn-requestid"), "request-1");
}

#[tokio::test]
async fn bytes_pass_through_with_their_headers_and_status() {
    let target = "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A000000000000%3Aruntime%2Fhello-abcdefghij/invocations?qualifier=DEFAULT";
    let session = "0123456789012345678901234567890123456789";
    let headers = [
        ("x-amzn-bedrock-agentcore-runtime-custom-color", "blue"),
        ("x-amzn-bedrock-agentcore-runtime-session-id", session),
    ];
    let answer = send(&registry(), Method::POST, target, &headers, "not { json").await;
    assert_eq!(answer.body, "not { json");
    assert_eq!(answer.status, StatusCode::NON_AUTHORITATIVE_INFORMATION);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("x-amzn-bedrock-agentcore-runtime-session-id"), session);
}
