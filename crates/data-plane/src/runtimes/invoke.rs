//! `InvokeAgentRuntime`

use data_api::runtimes::{InvokeAgentRuntime, InvokeAgentRuntimeRequest, InvokeAgentRuntimeResponse};
use fault::{Fault, Result};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use ids::RuntimeSessionId;
use restjson::{Call, Handle};
use runtime::{Invocation, InvocationReply};

use super::limit::{MAX_PAYLOAD, limited};
use crate::DataPlane;

impl Handle<InvokeAgentRuntime> for DataPlane {
    async fn handle(
        &self,
        call: &Call,
        input: InvokeAgentRuntimeRequest,
    ) -> Result<InvokeAgentRuntimeResponse> {
        let id = match &input.runtime_session_id {
            Some(id) => RuntimeSessionId::parse(id)
                .map_err(|error| Fault::field("runtimeSessionId", error.to_string()))?,
            None => self.runtime.new_session_id(),
        };
        let (qualifier, account) = (input.qualifier.as_deref(), input.account_id.as_deref());
        let session = self.session(call, &input.agent_runtime_arn, account, qualifier, id)?;
        let length = content_length(&call.headers);
        if length.is_some_and(|length| length > MAX_PAYLOAD) {
            return Err(Fault::field("payload", format!("must not be longer than {MAX_PAYLOAD} bytes")));
        }
        let reply = self
            .runtime
            .invoke(Invocation {
                session,
                request_id: call.request_id().to_owned(),
                headers: fields(&call.headers),
                user_id: input.runtime_user_id,
                length,
                body: limited(input.payload),
            })
            .await?;
        Ok(response(reply))
    }
}

fn response(reply: InvocationReply) -> InvokeAgentRuntimeResponse {
    let field = |name: &str| reply.header(name).map(str::to_owned);
    InvokeAgentRuntimeResponse {
        runtime_session_id: Some(reply.session.to_string()),
        session_endpoint_url: None,
        mcp_session_id: field("mcp-session-id"),
        mcp_protocol_version: field("mcp-protocol-version"),
        trace_id: field("x-amzn-trace-id"),
        trace_parent: field("traceparent").or_else(|| Some(reply.trace_parent.clone())),
        trace_state: field("tracestate"),
        baggage: field("baggage"),
        content_type: field("content-type").unwrap_or_else(|| "application/octet-stream".to_owned()),
        status_code: Some(i32::from(reply.status)),
        response: reply.body,
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn fields(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}
