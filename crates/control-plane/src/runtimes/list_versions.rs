//! `ListAgentRuntimeVersions`

use control_api::runtimes::{
    ListAgentRuntimeVersions, ListAgentRuntimeVersionsRequest, ListAgentRuntimeVersionsResponse,
};
use fault::Result;
use ids::{AgentRuntimeId, AgentVersion};
use restjson::{Call, Handle};

use super::status;
use crate::ControlPlane;
use crate::listing::Page;
use crate::token::{account, bad};

impl Handle<ListAgentRuntimeVersions> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: ListAgentRuntimeVersionsRequest,
    ) -> Result<ListAgentRuntimeVersionsResponse> {
        let id = AgentRuntimeId::parse(&input.agent_runtime_id).map_err(bad("agentRuntimeId"))?;
        let page = Page::read(&self.pages, call, input.max_results, input.next_token.as_deref())?;
        let after = page.after.as_deref().map(AgentVersion::parse).transpose().map_err(bad("nextToken"))?;
        let mut rows = self.runtime.list_versions(&account(call)?, &id, after, page.reach()).await?;
        let next_token = page.cut(&self.pages, call, &mut rows, |row| row.version.to_string());
        Ok(ListAgentRuntimeVersionsResponse {
            agent_runtimes: rows.into_iter().map(status::summary).collect(),
            next_token,
        })
    }
}
