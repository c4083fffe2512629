//! `GetAgentRuntimeEndpoint`

use control_api::runtimes::{
    GetAgentRuntimeEndpoint, GetAgentRuntimeEndpointRequest, GetAgentRuntimeEndpointResponse,
};
use fault::Result;
use ids::{AgentRuntimeId, EndpointName};
use restjson::{Call, Handle, Iso8601};

use super::status;
use crate::ControlPlane;
use crate::token::{account, bad};

impl Handle<GetAgentRuntimeEndpoint> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: GetAgentRuntimeEndpointRequest,
    ) -> Result<GetAgentRuntimeEndpointResponse> {
        let id = AgentRuntimeId::parse(&input.agent_runtime_id).map_err(bad("agentRuntimeId"))?;
        let name = EndpointName::parse(input.endpoint_name.expose()).map_err(bad("endpointName"))?;
        let row = self.runtime.get_endpoint(&account(call)?, &id, &name).await?;
        Ok(GetAgentRuntimeEndpointResponse {
            live_version: row.live.map(|version| version.to_string()),
            target_version: Some(row.target.to_string()),
            agent_runtime_endpoint_arn: row.runtime.with_endpoint(name).to_string(),
            agent_runtime_arn: row.runtime.to_string(),
            description: row.description,
            status: status::endpoint(row.status),
            created_at: Iso8601(row.created_at),
            last_updated_at: Iso8601(row.updated_at),
            failure_reason: row.failure,
            name: row.name.to_string().into(),
            id: row.id,
        })
    }
}
