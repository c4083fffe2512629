//! Deleting an endpoint.

use fault::{Fault, Result};
use ids::{AccountId, AgentRuntimeId, EndpointName};
use store::idempotency::ClientToken;
use store::{Batch, Expect, KeyRange};

use crate::model::Status;
use crate::rows::{ENDPOINTS, TAGS, endpoint_key};
use crate::service::{Runtime, retry_on_conflict};
use crate::tags::tags_key;

impl Runtime {
    /// Removes an endpoint and ends its sessions.
    pub async fn delete_endpoint(
        &self,
        account: &AccountId,
        runtime: &AgentRuntimeId,
        name: &EndpointName,
        token: Option<&ClientToken>,
    ) -> Result<Status> {
        if let Some(first) = self.once().first(token).await? {
            return Ok(first);
        }
        if name.is_default() {
            return Err(Fault::conflict(
                "The DEFAULT endpoint goes with its agent runtime and cannot be deleted alone.",
            ));
        }
        let status = retry_on_conflict(|| async {
            self.agent(account, runtime).await?;
            let endpoint = self.endpoint(account, runtime, name).await?;
            let arn = self.arn(account, runtime).with_endpoint(name.clone());
            let batch = Batch::new()
                .and(ENDPOINTS.delete(endpoint_key(account, runtime, name), Expect::At(endpoint.revision)))
                .and(TAGS.delete(tags_key(&arn), Expect::Any));
            self.once().commit(token, batch, Status::Deleting).await
        })
        .await?;
        let sessions = self.0.sessions.of_endpoint(account, runtime, name);
        crate::sessions::stop_each(sessions, "its endpoint was deleted").await;
        let below = KeyRange::below([account.as_str(), runtime.as_str(), name.as_str()]);
        self.end_suspended_below(&below, |_| true, "its endpoint was deleted").await?;
        self.drop_checkpoints(&below, |_| true).await?;
        self.drop_storages(&below).await?;
        Ok(status)
    }
}
