//! Listing runtimes and their versions.

use fault::Result;
use ids::{AccountId, AgentRuntimeId, AgentRuntimeName, AgentVersion, RuntimeArn};
use stdx::Timestamp;
use store::{Key, KeyRange};

use crate::model::Status;
use crate::rows::{AGENTS, AgentRow, VERSIONS, VersionRow, version_key};
use crate::service::Runtime;

/// A runtime, or one of its versions, in a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentSummary {
    /// Its ARN.
    pub arn: RuntimeArn,
    /// Its name.
    pub name: AgentRuntimeName,
    /// The newest version, or the one listed.
    pub version: AgentVersion,
    /// Its description.
    pub description: Option<String>,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Its state.
    pub status: Status,
}

impl Runtime {
    /// At most `limit` of the account's runtimes, each at its newest version, from the one after `after` on.
    pub async fn list_agents(
        &self,
        account: &AccountId,
        after: Option<&AgentRuntimeId>,
        limit: usize,
    ) -> Result<Vec<AgentSummary>> {
        let mut range = KeyRange::below([account.as_str()]);
        if let Some(after) = after {
            range = range.after(Key::of([account.as_str(), after.as_str()]));
        }
        let mut summaries = Vec::new();
        // A runtime that is removed between the two reads is not listed. The next one takes its place: a page that is
        // not full is the last one.
        while summaries.len() < limit {
            let room = limit - summaries.len();
            let page = AGENTS.list(self.store(), &range, room).await?;
            let Some(last) = page.last() else { break };
            range = range.after(last.key.clone());
            let last_page = page.len() < room;
            for agent in page {
                let agent = agent.value;
                let key = version_key(account, &agent.id, agent.latest);
                let version = VERSIONS.get(self.store(), &key).await?;
                summaries.extend(version.map(|version| self.summary(&agent, version.value)));
            }
            if last_page {
                break;
            }
        }
        Ok(summaries)
    }

    /// At most `limit` versions of a runtime, oldest first, from the one after `after` on.
    pub async fn list_versions(
        &self,
        account: &AccountId,
        id: &AgentRuntimeId,
        after: Option<AgentVersion>,
        limit: usize,
    ) -> Result<Vec<AgentSummary>> {
        let agent = self.agent(account, id).await?.value;
        let mut range = KeyRange::below([account.as_str(), id.as_str()]);
        if let Some(after) = after {
            range = range.after(version_key(account, id, after));
        }
        let versions = VERSIONS.list(self.store(), &range, limit).await?;
        Ok(versions.into_iter().map(|version| self.summary(&agent, version.value)).collect())
    }

    fn summary(&self, agent: &AgentRow, version: VersionRow) -> AgentSummary {
        let newest = version.number == agent.latest;
        AgentSummary {
            arn: self.arn(&agent.account, &agent.id),
            name: agent.name.clone(),
            version: version.number,
            status: agent.status(&version),
            updated_at: if newest { agent.updated_at } else { version.created_at },
            description: version.spec.description,
        }
    }
}
