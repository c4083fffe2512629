//! `ListAgentRuntimes`

use control_api::runtimes::{ListAgentRuntimes, ListAgentRuntimesRequest, ListAgentRuntimesResponse};
use fault::Result;
use ids::AgentRuntimeId;
use restjson::{Call, Handle};

use super::status;
use crate::ControlPlane;
use crate::listing::Page;
use crate::token::{account, bad};

impl Handle<ListAgentRuntimes> for ControlPlane {
    async fn handle(
        &self,
        call: &Call,
        input: ListAgentRuntimesRequest,
    ) -> Result<ListAgentRuntimesResponse> {
        let page = Page::read(&self.pages, call, input.max_results, input.next_token.as_deref())?;
        let after = page.after.as_deref().map(AgentRuntimeId::parse).transpose().map_err(bad("nextToken"))?;
        let mut rows = self.runtime.list_agents(&account(call)?, after.as_ref(), page.reach()).await?;
        let next_token = page.cut(&self.pages, call, &mut rows, |row| row.arn.runtime.to_string());
        Ok(ListAgentRuntimesResponse {
            agent_runtimes: rows.into_iter().map(status::summary).collect(),
            next_token,
        })
    }
}
