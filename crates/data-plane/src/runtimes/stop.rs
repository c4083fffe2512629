//! `StopRuntimeSession`

use data_api::runtimes::{StopRuntimeSession, StopRuntimeSessionRequest, StopRuntimeSessionResponse};
use fault::{Fault, Result};
use ids::RuntimeSessionId;
use restjson::{Call, Handle};
use store::idempotency::ClientToken;

use crate::DataPlane;

impl Handle<StopRuntimeSession> for DataPlane {
    async fn handle(
        &self,
        call: &Call,
        input: StopRuntimeSessionRequest,
    ) -> Result<StopRuntimeSessionResponse> {
        let id = RuntimeSessionId::parse(&input.runtime_session_id)
            .map_err(|error| Fault::field("runtimeSessionId", error.to_string()))?;
        let session = self.session(call, &input.agent_runtime_arn, None, input.qualifier.as_deref(), id)?;
        let token = input.client_token.map(|token| ClientToken {
            account: call.account().to_owned(),
            operation: call.spec.name,
            token,
            // The fingerprint leaves headers out, and the session's id is one.
            fingerprint: format!("{}/{}", call.fingerprint, session.id),
        });
        self.runtime.stop_session(&session, token.as_ref()).await?;
        Ok(StopRuntimeSessionResponse {
            runtime_session_id: Some(session.id.to_string()),
            status_code: Some(200),
        })
    }
}
