//! A stream of events as a client receives it.

use std::sync::Arc;

use data_api::runtimes::{
    ContentDeltaEvent, InvokeAgentRuntimeCommand, InvokeAgentRuntimeCommandRequest,
    InvokeAgentRuntimeCommandResponse, InvokeAgentRuntimeCommandStreamOutput, ResponseChunk,
};
use fault::{Fault, Kind};
use futures_util::stream;
use http::{Method, StatusCode};
use restjson::{Call, EventStream, Handle, Registry};
use serde_json::{Value, json};

use crate::client::{send, services};

struct Shell;

impl Handle<InvokeAgentRuntimeCommand> for Shell {
    async fn handle(
        &self,
        _: &Call,
        input: InvokeAgentRuntimeCommandRequest,
    ) -> fault::Result<InvokeAgentRuntimeCommandResponse> {
        assert_eq!(input.body.command, "echo hi");
        let delta = ContentDeltaEvent { stdout: Some("hi\n".to_owned()), ..ContentDeltaEvent::default() };
        let chunk = ResponseChunk { content_delta: Some(delta), ..ResponseChunk::default() };
        let events = [
            Ok(InvokeAgentRuntimeCommandStreamOutput::Chunk(chunk.clone())),
            Err(Fault::new(Kind::RuntimeClient, "the agent died").because("exit code 137 of pid 4")),
            Ok(InvokeAgentRuntimeCommandStreamOutput::Chunk(chunk)),
        ];
        Ok(InvokeAgentRuntimeCommandResponse {
            runtime_session_id: None,
            trace_id: None,
            trace_parent: None,
            trace_state: None,
            baggage: None,
            content_type: "application/vnd.amazon.eventstream".to_owned(),
            status_code: None,
            stream: EventStream::new(stream::iter(events)),
        })
    }
}

/// Cuts a stream into the texts of its headers and its payloads.
fn frames(mut bytes: &[u8]) -> Vec<(String, Value)> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let number =
            |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
        let (length, headers) = (number(0), number(4));
        let names = String::from_utf8_lossy(&bytes[12..12 + headers]).replace(|c: char| c.is_control(), "|");
        frames.push((names, serde_json::from_slice(&bytes[12 + headers..length - 4]).expect("a document")));
        bytes = &bytes[length..];
    }
    frames
}

#[tokio::test]
async fn events_come_until_a_fault_ends_them() {
    let registry = Registry::new(&services()).on::<InvokeAgentRuntimeCommand>(Arc::new(Shell));
    let arn = "arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A000000000000%3Aruntime%2Fhello-abcdefghij";
    let body = json!({ "command": "echo hi" }).to_string();
    let answer = send(&registry, Method::POST, &format!("/runtimes/{arn}/commands"), &[], &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    assert_eq!(answer.header("content-type"), "application/vnd.amazon.eventstream");
    let frames = frames(&answer.body);
    assert_eq!(frames.len(), 2);
    assert!(frames[0].0.contains("chunk") && frames[0].0.contains(":event-type"), "{}", frames[0].0);
    assert_eq!(frames[0].1, json!({ "contentDelta": { "stdout": "hi\n" } }));
    assert!(
        frames[1].0.contains("runtimeClientError") && frames[1].0.contains("exception"),
        "{}",
        frames[1].0
    );
    assert_eq!(frames[1].1, json!({ "message": "the agent died" }));
}
