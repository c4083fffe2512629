//! `DeleteAgentRuntimeEndpoint`

use control_api::runtimes::{
    DeleteAgentRuntimeEndpoint, DeleteAgentRuntimeEndpointRequest, DeleteAgentRuntimeEndpointResponse,
};
use fault::Result;
use ids::{AgentRuntimeId, EndpointName};
use restjson::{Call, Handle};

use super::status;
use crate::ControlPlane;
use crate::token::{account, bad, client_token};

impl Handle<DeleteAgentRuntimeEndpoint> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteAgentRuntimeEndpointRequest,
    ) -> Result<DeleteAgentRuntimeEndpointResponse> {
        let id = AgentRuntimeId::parse(&input.agent_runtime_id).map_err(bad("agentRuntimeId"))?;
        let name = EndpointName::parse(input.endpoint_name.expose()).map_err(bad("endpointName"))?;
        let token = client_token(call, input.client_token);
        let deleted = self.runtime.delete_endpoint(&account(call)?, &id, &name, token.as_ref()).await?;
        Ok(DeleteAgentRuntimeEndpointResponse {
            status: status::endpoint(deleted),
            agent_runtime_id: Some(id.to_string()),
            endpoint_name: Some(name.to_string().into()),
        })
    }
}
