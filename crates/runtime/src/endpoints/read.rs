//! Looking endpoints up.

use fault::{Fault, Result};
use ids::{AccountId, AgentRuntimeId, EndpointName};
use store::{Entry, KeyRange};

use super::Endpoint;
use crate::rows::{ENDPOINTS, EndpointRow, endpoint_key};
use crate::service::Runtime;

impl Runtime {
    /// One endpoint.
    pub async fn get_endpoint(
        &self,
        account: &AccountId,
        id: &AgentRuntimeId,
        name: &EndpointName,
    ) -> Result<Endpoint> {
        self.agent(account, id).await?;
        let row = self.endpoint(account, id, name).await?.value;
        self.show_endpoint(account, row).await
    }

    /// At most `limit` endpoints of a runtime, from the one after `after` on.
    pub async fn list_endpoints(
        &self,
        account: &AccountId,
        id: &AgentRuntimeId,
        after: Option<&EndpointName>,
        limit: usize,
    ) -> Result<Vec<Endpoint>> {
        self.agent(account, id).await?;
        let mut range = KeyRange::below([account.as_str(), id.as_str()]);
        if let Some(after) = after {
            range = range.after(endpoint_key(account, id, after));
        }
        let mut endpoints = Vec::new();
        for row in ENDPOINTS.list(self.store(), &range, limit).await? {
            endpoints.push(self.show_endpoint(account, row.value).await?);
        }
        Ok(endpoints)
    }

    pub(crate) async fn endpoint(
        &self,
        account: &AccountId,
        id: &AgentRuntimeId,
        name: &EndpointName,
    ) -> Result<Entry<EndpointRow>> {
        let found = ENDPOINTS.get(self.store(), &endpoint_key(account, id, name)).await?;
        found.ok_or_else(|| Fault::not_found(format!("The agent runtime {id} has no endpoint {name}.")))
    }

    async fn show_endpoint(&self, account: &AccountId, row: EndpointRow) -> Result<Endpoint> {
        let target = self.version(account, &row.runtime, row.target).await?.value;
        Ok(Endpoint {
            runtime: self.arn(account, &row.runtime),
            status: row.status(&target.state),
            failure: target.failure().map(str::to_owned),
            name: row.name,
            id: row.id,
            live: row.live,
            target: row.target,
            description: row.description,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
