//! `CreateAgentRuntimeEndpoint`

use control_api::runtimes::{
    CreateAgentRuntimeEndpoint, CreateAgentRuntimeEndpointRequest, CreateAgentRuntimeEndpointResponse,
};
use fault::Result;
use ids::{AgentRuntimeId, AgentVersion, EndpointName};
use restjson::{Call, Handle, Iso8601};
use runtime::endpoints::CreateEndpoint;

use super::status;
use crate::ControlPlane;
use crate::token::{account, bad, client_token};

impl Handle<CreateAgentRuntimeEndpoint> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: CreateAgentRuntimeEndpointRequest,
    ) -> Result<CreateAgentRuntimeEndpointResponse> {
        let account = account(call)?;
        let runtime = AgentRuntimeId::parse(&input.agent_runtime_id).map_err(bad("agentRuntimeId"))?;
        let version = input.agent_runtime_version.as_deref().map(AgentVersion::parse).transpose();
        let accepted = self
            .runtime
            .create_endpoint(CreateEndpoint {
                account: account.clone(),
                runtime: runtime.clone(),
                name: EndpointName::parse(input.name.expose()).map_err(bad("name"))?,
                version: version.map_err(bad("agentRuntimeVersion"))?,
                description: input.description,
                tags: input.tags.unwrap_or_default(),
                token: client_token(call, input.client_token),
            })
            .await?;
        let arn = self.runtime.arn(&account, &runtime);
        Ok(CreateAgentRuntimeEndpointResponse {
            target_version: accepted.target.to_string(),
            agent_runtime_endpoint_arn: arn.with_endpoint(accepted.name.clone()).to_string(),
            agent_runtime_arn: arn.to_string(),
            agent_runtime_id: Some(runtime.to_string()),
            endpoint_name: Some(accepted.name.to_string().into()),
            status: status::endpoint(accepted.status),
            created_at: Iso8601(accepted.created_at),
        })
    }
}
