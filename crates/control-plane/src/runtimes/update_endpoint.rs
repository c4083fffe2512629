//! `UpdateAgentRuntimeEndpoint`

use control_api::runtimes::{
    UpdateAgentRuntimeEndpoint, UpdateAgentRuntimeEndpointRequest, UpdateAgentRuntimeEndpointResponse,
};
use fault::Result;
use ids::{AgentRuntimeId, AgentVersion, EndpointName};
use restjson::{Call, Handle, Iso8601};
use runtime::endpoints::UpdateEndpoint;

use super::status;
use crate::ControlPlane;
use crate::token::{account, bad, client_token};

impl Handle<UpdateAgentRuntimeEndpoint> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: UpdateAgentRuntimeEndpointRequest,
    ) -> Result<UpdateAgentRuntimeEndpointResponse> {
        let account = account(call)?;
        let runtime = AgentRuntimeId::parse(&input.agent_runtime_id).map_err(bad("agentRuntimeId"))?;
        let version = input.agent_runtime_version.as_deref().map(AgentVersion::parse).transpose();
        let accepted = self
            .runtime
            .update_endpoint(UpdateEndpoint {
                account: account.clone(),
                runtime: runtime.clone(),
                name: EndpointName::parse(input.endpoint_name.expose()).map_err(bad("endpointName"))?,
                version: version.map_err(bad("agentRuntimeVersion"))?,
                description: input.description,
                token: client_token(call, input.client_token),
            })
            .await?;
        let arn = self.runtime.arn(&account, &runtime);
        Ok(UpdateAgentRuntimeEndpointResponse {
            live_version: accepted.live.map(|version| version.to_string()),
            target_version: Some(accepted.target.to_string()),
            agent_runtime_endpoint_arn: arn.with_endpoint(accepted.name).to_string(),
            agent_runtime_arn: arn.to_string(),
            status: status::endpoint(accepted.status),
            created_at: Iso8601(accepted.created_at),
            last_updated_at: Iso8601(accepted.updated_at),
        })
    }
}
