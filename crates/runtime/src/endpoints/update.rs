//! Pointing an endpoint at another version.

use fault::{Fault, Result};
use ids::{AccountId, AgentRuntimeId, AgentVersion, EndpointName};
use store::idempotency::ClientToken;
use store::{Batch, Expect};

use super::AcceptedEndpoint;
use crate::rows::{AGENTS, ENDPOINTS, EndpointRow, VERSIONS, VersionState, endpoint_key};
use crate::service::{Runtime, retry_on_conflict};

/// A request to update an endpoint.
#[derive(Clone, Debug)]
pub struct UpdateEndpoint {
    /// Whose it is.
    pub account: AccountId,
    /// Of which runtime.
    pub runtime: AgentRuntimeId,
    /// Its name.
    pub name: EndpointName,
    /// The version it is to pin; as it was, if absent.
    pub version: Option<AgentVersion>,
    /// A new description; as it was, if absent.
    pub description: Option<String>,
    /// The client's token.
    pub token: Option<ClientToken>,
}

impl Runtime {
    /// Points an endpoint at another version. Sessions that live keep theirs.
    pub async fn update_endpoint(&self, request: UpdateEndpoint) -> Result<AcceptedEndpoint> {
        if let Some(first) = self.once().first(request.token.as_ref()).await? {
            return Ok(first);
        }
        retry_on_conflict(|| self.try_update_endpoint(&request)).await
    }

    async fn try_update_endpoint(&self, request: &UpdateEndpoint) -> Result<AcceptedEndpoint> {
        let UpdateEndpoint { account, runtime, name, version, description, token } = request;
        let agent = self.lasting_agent(account, runtime).await?;
        let before = self.endpoint(account, runtime, name).await?;
        let number = version.unwrap_or(before.value.target);
        if name.is_default() && number != agent.value.latest {
            return Err(Fault::conflict(
                "The DEFAULT endpoint always follows the newest version. Create an endpoint of your own to pin one.",
            ));
        }
        let target = self.version(account, runtime, number).await?;
        let (standing, target) = (VERSIONS.check(target.key, Expect::At(target.revision)), target.value);
        let now = self.now();
        let live = if target.state == VersionState::Ready { Some(number) } else { before.value.live };
        let row = EndpointRow {
            target: number,
            live,
            description: description.clone().or(before.value.description),
            updated_at: now,
            ..before.value
        };
        let batch = Batch::new()
            .and(standing)
            .and(AGENTS.put(agent.value.key(), &agent.value, Expect::At(agent.revision)))
            .and(ENDPOINTS.put(endpoint_key(account, runtime, name), &row, Expect::At(before.revision)));
        let accepted = AcceptedEndpoint::of(&row, &target.state);
        self.once().commit(token.as_ref(), batch, accepted).await
    }
}
