//! Looking a runtime up.

use fault::{Fault, Result};
use ids::{AccountId, AgentRuntimeId, AgentVersion};
use store::Entry;

use super::Agent;
use crate::rows::{AGENTS, AgentRow, VERSIONS, VersionRow, agent_key, version_key};
use crate::service::Runtime;

impl Runtime {
    /// The runtime at `version`, or at its newest.
    pub async fn get_agent(
        &self,
        account: &AccountId,
        id: &AgentRuntimeId,
        version: Option<AgentVersion>,
    ) -> Result<Agent> {
        let agent = self.agent(account, id).await?.value;
        let version = self.version(account, id, version.unwrap_or(agent.latest)).await?.value;
        Ok(Agent {
            arn: self.arn(account, id),
            status: agent.status(&version),
            failure: version.failure().map(str::to_owned),
            name: agent.name,
            version: version.number,
            created_at: agent.created_at,
            updated_at: if version.number == agent.latest { agent.updated_at } else { version.created_at },
            lifecycle: version.spec.lifecycle,
            document: version.spec.document,
        })
    }

    pub(crate) async fn agent(&self, account: &AccountId, id: &AgentRuntimeId) -> Result<Entry<AgentRow>> {
        let found = AGENTS.get(self.store(), &agent_key(account, id)).await?;
        found.ok_or_else(|| Fault::not_found(format!("There is no agent runtime {id}.")))
    }

    /// A runtime that is not on its way out.
    pub(crate) async fn lasting_agent(
        &self,
        account: &AccountId,
        id: &AgentRuntimeId,
    ) -> Result<Entry<AgentRow>> {
        let agent = self.agent(account, id).await?;
        if agent.value.deleting {
            return Err(Fault::conflict(format!("The agent runtime {id} is being deleted.")));
        }
        Ok(agent)
    }

    pub(crate) async fn version(
        &self,
        account: &AccountId,
        id: &AgentRuntimeId,
        number: AgentVersion,
    ) -> Result<Entry<VersionRow>> {
        let found = VERSIONS.get(self.store(), &version_key(account, id, number)).await?;
        found.ok_or_else(|| Fault::not_found(format!("The agent runtime {id} has no version {number}.")))
    }
}
