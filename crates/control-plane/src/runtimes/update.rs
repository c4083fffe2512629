//! `UpdateAgentRuntime`

use control_api::runtimes::{UpdateAgentRuntime, UpdateAgentRuntimeRequest, UpdateAgentRuntimeResponse};
use fault::Result;
use ids::AgentRuntimeId;
use restjson::{Call, Handle, Iso8601};
use runtime::agents::UpdateAgent;

use super::{spec, status};
use crate::ControlPlane;
use crate::token::{account, bad, client_token};

impl Handle<UpdateAgentRuntime> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: UpdateAgentRuntimeRequest,
    ) -> Result<UpdateAgentRuntimeResponse> {
        let account = account(call)?;
        let accepted = self
            .runtime
            .update_agent(UpdateAgent {
                account: account.clone(),
                id: AgentRuntimeId::parse(&input.agent_runtime_id).map_err(bad("agentRuntimeId"))?,
                spec: spec::of_update(&input)?,
                token: client_token(call, input.client_token),
            })
            .await?;
        Ok(UpdateAgentRuntimeResponse {
            agent_runtime_arn: self.runtime.arn(&account, &accepted.id).to_string(),
            agent_runtime_id: accepted.id.to_string(),
            workload_identity_details: None,
            agent_runtime_version: accepted.version.to_string(),
            created_at: Iso8601(accepted.created_at),
            last_updated_at: Iso8601(accepted.updated_at),
            status: status::agent(accepted.status),
        })
    }
}
