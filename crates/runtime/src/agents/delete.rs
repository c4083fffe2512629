//! Deleting a runtime or one of its versions.

use fault::{Fault, Result};
use ids::{AccountId, AgentRuntimeId, AgentVersion};
use serde::{Deserialize, Serialize};
use store::idempotency::ClientToken;
use store::{Batch, Expect, KeyRange};

use crate::model::Status;
use crate::rows::{AGENTS, AgentRow, DELETIONS, ENDPOINTS, agent_key};
use crate::service::{Runtime, retry_on_conflict};
use crate::versions::drop_version;

/// What deleting answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeletedAgent {
    /// The runtime.
    pub id: AgentRuntimeId,
    /// The version, if only that was deleted.
    pub version: Option<AgentVersion>,
    /// Its state.
    pub status: Status,
}

impl Runtime {
    /// Marks the runtime as going away. Its sessions end, then everything of it is removed, in the background.
    pub async fn delete_agent(
        &self,
        account: &AccountId,
        id: &AgentRuntimeId,
        token: Option<&ClientToken>,
    ) -> Result<DeletedAgent> {
        if let Some(first) = self.once().first(token).await? {
            return Ok(first);
        }
        let deleted = DeletedAgent { id: id.clone(), version: None, status: Status::Deleting };
        let deleted = retry_on_conflict(|| async {
            let agent = self.agent(account, id).await?;
            if agent.value.deleting {
                return self.once().commit(token, Batch::new(), deleted.clone()).await;
            }
            let row = AgentRow { deleting: true, updated_at: self.now(), ..agent.value };
            let batch = Batch::new()
                .and(AGENTS.put(row.key(), &row, Expect::At(agent.revision)))
                .and(DELETIONS.put(agent_key(account, id), &(), Expect::Any));
            self.once().commit(token, batch, deleted.clone()).await
        })
        .await?;
        self.0.work.notify_one();
        Ok(deleted)
    }

    /// Removes one version that no endpoint points at and that is not the newest. Its suspended sessions end; those
    /// that live go on and are not suspended any more.
    pub async fn delete_version(
        &self,
        account: &AccountId,
        id: &AgentRuntimeId,
        number: AgentVersion,
        token: Option<&ClientToken>,
    ) -> Result<DeletedAgent> {
        if let Some(first) = self.once().first(token).await? {
            return Ok(first);
        }
        let deleted = DeletedAgent { id: id.clone(), version: Some(number), status: Status::Deleting };
        let (deleted, version) = retry_on_conflict(|| async {
            let agent = self.lasting_agent(account, id).await?;
            let version = self.version(account, id, number).await?;
            if agent.value.latest == number {
                return Err(Fault::conflict(format!(
                    "Version {number} is the newest of {id}. Delete the agent runtime, or update it first."
                )));
            }
            let endpoints = ENDPOINTS
                .list(self.store(), &KeyRange::below([account.as_str(), id.as_str()]), usize::MAX)
                .await?;
            let user = endpoints.iter().map(|entry| &entry.value);
            let mut users =
                user.filter(|endpoint| endpoint.target == number || endpoint.live == Some(number));
            if let Some(endpoint) = users.next() {
                return Err(Fault::conflict(format!(
                    "The endpoint {} points at version {number}. Point it at another version first.",
                    endpoint.name
                )));
            }
            // The runtime's row guards against an endpoint that is pointed here at this moment.
            let batch = Batch::new()
                .and(AGENTS.put(agent.value.key(), &agent.value, Expect::At(agent.revision)))
                .with(drop_version(account, &version.value));
            let deleted = self.once().commit(token, batch, deleted.clone()).await?;
            Ok((deleted, version.value))
        })
        .await?;
        let below = KeyRange::below([account.as_str(), id.as_str()]);
        self.end_suspended_below(&below, |row| row.version == number, "its version was deleted").await?;
        self.drop_checkpoints(&below, |row| row.version == number).await?;
        self.discard_template(&version).await;
        Ok(deleted)
    }
}
