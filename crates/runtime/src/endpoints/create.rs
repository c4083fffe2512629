//! Creating an endpoint.

use std::collections::BTreeMap;

use fault::{Fault, Kind, Result};
use ids::{AccountId, AgentRuntimeId, AgentVersion, EndpointName};
use store::idempotency::ClientToken;
use store::{Batch, Expect, KeyRange};

use super::AcceptedEndpoint;
use crate::rows::{AGENTS, ENDPOINTS, EndpointRow, TAGS, VERSIONS, VersionState, endpoint_key};
use crate::service::{Runtime, retry_on_conflict};
use crate::tags::tags_key;

/// Endpoints that one runtime can have.
const MOST: usize = 10;

/// A request to create an endpoint.
#[derive(Clone, Debug)]
pub struct CreateEndpoint {
    /// Whose it will be.
    pub account: AccountId,
    /// Of which runtime.
    pub runtime: AgentRuntimeId,
    /// Its name.
    pub name: EndpointName,
    /// The version it pins; the newest if absent.
    pub version: Option<AgentVersion>,
    /// A description.
    pub description: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The client's token.
    pub token: Option<ClientToken>,
}

impl Runtime {
    /// Creates an endpoint. It can be invoked once its version is built.
    pub async fn create_endpoint(&self, request: CreateEndpoint) -> Result<AcceptedEndpoint> {
        if let Some(first) = self.once().first(request.token.as_ref()).await? {
            return Ok(first);
        }
        retry_on_conflict(|| self.try_create_endpoint(&request)).await
    }

    async fn try_create_endpoint(&self, request: &CreateEndpoint) -> Result<AcceptedEndpoint> {
        let CreateEndpoint { account, runtime, name, version, description, tags, token } = request;
        let agent = self.lasting_agent(account, runtime).await?;
        let siblings = KeyRange::below([account.as_str(), runtime.as_str()]);
        let siblings = ENDPOINTS.list(self.store(), &siblings, MOST).await?;
        if siblings.iter().any(|sibling| sibling.value.name == *name) {
            // It may be an equal call's, made since the token was looked up.
            if let Some(first) = self.once().first(token.as_ref()).await? {
                return Ok(first);
            }
            return Err(Fault::conflict(format!(
                "The agent runtime {runtime} has an endpoint {name} already. Choose another name, or update that one."
            )));
        }
        if siblings.len() >= MOST {
            let message = format!("An agent runtime has at most {MOST} endpoints. Delete one first.");
            return Err(Fault::new(Kind::QuotaExceeded, message));
        }
        let target = self.version(account, runtime, version.unwrap_or(agent.value.latest)).await?;
        let (standing, target) = (VERSIONS.check(target.key, Expect::At(target.revision)), target.value);
        let now = self.now();
        let row = EndpointRow {
            description: description.clone(),
            live: (target.state == VersionState::Ready).then_some(target.number),
            ..EndpointRow::new(runtime, name.clone(), target.number, now, &*self.0.rng)
        };
        // Writing the runtime's row as it was lets only one change to what points where happen at a time; a version
        // that is finished at this moment must not be taken for one that will be.
        let mut batch = Batch::new()
            .and(standing)
            .and(AGENTS.put(agent.value.key(), &agent.value, Expect::At(agent.revision)))
            .and(ENDPOINTS.put(endpoint_key(account, runtime, name), &row, Expect::Absent));
        if !tags.is_empty() {
            let arn = self.arn(account, runtime).with_endpoint(name.clone());
            batch = batch.and(TAGS.put(tags_key(&arn), tags, Expect::Any));
        }
        let accepted = AcceptedEndpoint::of(&row, &target.state);
        self.once().commit(token.as_ref(), batch, accepted).await
    }
}

impl AcceptedEndpoint {
    pub(super) fn of(row: &EndpointRow, target: &VersionState) -> Self {
        Self {
            name: row.name.clone(),
            live: row.live,
            target: row.target,
            status: row.status(target),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
