//! Updating a runtime: a new version.

use fault::{Fault, Kind, Result};
use ids::{AccountId, AgentRuntimeId, EndpointName};
use store::idempotency::ClientToken;
use store::{Batch, Expect};

use super::AcceptedAgent;
use crate::model::{AgentSpec, Status};
use crate::rows::{AGENTS, AgentRow, ENDPOINTS, EndpointRow, agent_key, endpoint_key};
use crate::service::{Runtime, retry_on_conflict};
use crate::versions::new_version;

/// A request to update a runtime.
#[derive(Clone, Debug)]
pub struct UpdateAgent {
    /// Whose it is.
    pub account: AccountId,
    /// Which.
    pub id: AgentRuntimeId,
    /// Its next version, whole: nothing is taken over from the one before.
    pub spec: AgentSpec,
    /// The client's token.
    pub token: Option<ClientToken>,
}

impl Runtime {
    /// Adds a version. `DEFAULT` goes over to it once it is built; sessions that live keep theirs.
    pub async fn update_agent(&self, request: UpdateAgent) -> Result<AcceptedAgent> {
        if let Some(first) = self.once().first(request.token.as_ref()).await? {
            return Ok(first);
        }
        let accepted = retry_on_conflict(|| self.try_update_agent(&request)).await?;
        self.0.work.notify_one();
        Ok(accepted)
    }

    async fn try_update_agent(&self, request: &UpdateAgent) -> Result<AcceptedAgent> {
        let UpdateAgent { account, id, spec, token } = request;
        let before = self.lasting_agent(account, id).await?;
        let Some(number) = before.value.latest.next() else {
            return Err(Fault::new(
                Kind::QuotaExceeded,
                "This agent runtime has as many versions as there can be. Create a new one.",
            ));
        };
        let code = self.locate_code(&spec.artifact).await?;
        let now = self.now();
        let default = EndpointName::default_endpoint();
        let endpoint = self.endpoint(account, id, &default).await?;
        let moved = EndpointRow { target: number, updated_at: now, ..endpoint.value };
        let agent = AgentRow { latest: number, updated_at: now, ..before.value };
        let batch = Batch::new()
            .and(AGENTS.put(agent_key(account, id), &agent, Expect::At(before.revision)))
            .and(ENDPOINTS.put(endpoint_key(account, id, &default), &moved, Expect::At(endpoint.revision)))
            .with(new_version(account, id, number, spec, &code, now));
        let accepted = AcceptedAgent {
            id: id.clone(),
            version: number,
            created_at: agent.created_at,
            updated_at: now,
            status: Status::Updating,
        };
        self.once().commit(token.as_ref(), batch, accepted).await
    }
}
