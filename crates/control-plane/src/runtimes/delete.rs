//! `DeleteAgentRuntime`

use control_api::runtimes::{DeleteAgentRuntime, DeleteAgentRuntimeRequest, DeleteAgentRuntimeResponse};
use fault::Result;
use ids::{AgentRuntimeId, AgentVersion};
use restjson::{Call, Handle};

use super::status;
use crate::ControlPlane;
use crate::token::{account, bad, client_token};

impl Handle<DeleteAgentRuntime> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteAgentRuntimeRequest,
    ) -> Result<DeleteAgentRuntimeResponse> {
        let account = account(call)?;
        let id = AgentRuntimeId::parse(&input.agent_runtime_id).map_err(bad("agentRuntimeId"))?;
        let version = input.agent_runtime_version.as_deref().map(AgentVersion::parse).transpose();
        let token = client_token(call, input.client_token);
        let deleted = match version.map_err(bad("version"))? {
            Some(version) => self.runtime.delete_version(&account, &id, version, token.as_ref()).await?,
            None => self.runtime.delete_agent(&account, &id, token.as_ref()).await?,
        };
        Ok(DeleteAgentRuntimeResponse {
            status: status::agent(deleted.status),
            agent_runtime_id: Some(deleted.id.to_string()),
            agent_runtime_version: deleted.version.map(|version| version.to_string()),
        })
    }
}
