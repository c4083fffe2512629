//! `ListAgentRuntimeEndpoints`

use control_api::runtimes::{
    AgentRuntimeEndpoint, ListAgentRuntimeEndpoints, ListAgentRuntimeEndpointsRequest,
    ListAgentRuntimeEndpointsResponse,
};
use fault::Result;
use ids::{AgentRuntimeId, EndpointName};
use restjson::{Call, Handle, Iso8601};
use runtime::endpoints::Endpoint;

use super::status;
use crate::ControlPlane;
use crate::listing::Page;
use crate::token::{account, bad};

impl Handle<ListAgentRuntimeEndpoints> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: ListAgentRuntimeEndpointsRequest,
    ) -> Result<ListAgentRuntimeEndpointsResponse> {
        let id = AgentRuntimeId::parse(&input.agent_runtime_id).map_err(bad("agentRuntimeId"))?;
        let page = Page::read(&self.pages, call, input.max_results, input.next_token.as_deref())?;
        let after = page.after.as_deref().map(EndpointName::parse).transpose().map_err(bad("nextToken"))?;
        let mut rows =
            self.runtime.list_endpoints(&account(call)?, &id, after.as_ref(), page.reach()).await?;
        let next_token = page.cut(&self.pages, call, &mut rows, |row| row.name.to_string());
        Ok(ListAgentRuntimeEndpointsResponse {
            runtime_endpoints: rows.into_iter().map(shown).collect(),
            next_token,
        })
    }
}

fn shown(row: Endpoint) -> AgentRuntimeEndpoint {
    AgentRuntimeEndpoint {
        agent_runtime_endpoint_arn: row.runtime.with_endpoint(row.name.clone()).to_string(),
        agent_runtime_arn: row.runtime.to_string(),
        name: row.name.to_string().into(),
        live_version: row.live.map(|version| version.to_string()),
        target_version: Some(row.target.to_string()),
        status: status::endpoint(row.status),
        id: row.id,
        description: row.description,
        created_at: Iso8601(row.created_at),
        last_updated_at: Iso8601(row.updated_at),
    }
}
