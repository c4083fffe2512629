//! `CreateAgentRuntime`

use control_api::runtimes::{CreateAgentRuntime, CreateAgentRuntimeRequest, CreateAgentRuntimeResponse};
use fault::Result;
use ids::AgentRuntimeName;
use restjson::{Call, Handle, Iso8601};
use runtime::agents::CreateAgent;

use super::{spec, status};
use crate::ControlPlane;
use crate::token::{account, bad, client_token};

impl Handle<CreateAgentRuntime> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: CreateAgentRuntimeRequest,
    ) -> Result<CreateAgentRuntimeResponse> {
        let account = account(call)?;
        let accepted = self
            .runtime
            .create_agent(CreateAgent {
                account: account.clone(),
                name: AgentRuntimeName::parse(&input.agent_runtime_name).map_err(bad("agentRuntimeName"))?,
                spec: spec::of_create(&input)?,
                tags: input.tags.unwrap_or_default(),
                token: client_token(call, input.client_token),
            })
            .await?;
        Ok(CreateAgentRuntimeResponse {
            agent_runtime_arn: self.runtime.arn(&account, &accepted.id).to_string(),
            workload_identity_details: None,
            agent_runtime_id: accepted.id.to_string(),
            agent_runtime_version: accepted.version.to_string(),
            created_at: Iso8601(accepted.created_at),
            status: status::agent(accepted.status),
        })
    }
}
