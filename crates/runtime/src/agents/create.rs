//! Creating a runtime.

use std::collections::BTreeMap;

use fault::{Fault, Result};
use ids::{AccountId, AgentRuntimeId, AgentRuntimeName, AgentVersion, EndpointName};
use store::idempotency::ClientToken;
use store::{Batch, Expect};

use super::AcceptedAgent;
use crate::model::{AgentSpec, Status};
use crate::rows::{
    AGENT_NAMES, AGENTS, AgentRow, ENDPOINTS, EndpointRow, TAGS, agent_key, endpoint_key, name_key,
};
use crate::service::{Runtime, retry_on_conflict};
use crate::tags::tags_key;
use crate::versions::new_version;

/// A request to create a runtime.
#[derive(Clone, Debug)]
pub struct CreateAgent {
    /// Whose it will be.
    pub account: AccountId,
    /// Its name; no other of the account's runtimes may have it.
    pub name: AgentRuntimeName,
    /// Its first version.
    pub spec: AgentSpec,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The client's token.
    pub token: Option<ClientToken>,
}

impl Runtime {
    /// Creates a runtime with its first version and its `DEFAULT` endpoint. The version is built in the background.
    pub async fn create_agent(&self, request: CreateAgent) -> Result<AcceptedAgent> {
        if let Some(first) = self.once().first(request.token.as_ref()).await? {
            return Ok(first);
        }
        let accepted = retry_on_conflict(|| self.try_create_agent(&request)).await?;
        self.0.work.notify_one();
        Ok(accepted)
    }

    async fn try_create_agent(&self, request: &CreateAgent) -> Result<AcceptedAgent> {
        let CreateAgent { account, name, spec, tags, token } = request;
        if AGENT_NAMES.get(self.store(), &name_key(account, name)).await?.is_some() {
            // It may be an equal call's, made since the token was looked up.
            if let Some(first) = self.once().first(token.as_ref()).await? {
                return Ok(first);
            }
            return Err(Fault::conflict(format!(
                "An agent runtime named {name} already exists. Choose another name, or update that one."
            )));
        }
        let code = self.locate_code(&spec.artifact).await?;
        let now = self.now();
        let id = AgentRuntimeId::generate(name, &*self.0.rng);
        let number = AgentVersion::FIRST;
        let agent = AgentRow {
            account: account.clone(),
            id: id.clone(),
            name: name.clone(),
            latest: number,
            created_at: now,
            updated_at: now,
            deleting: false,
        };
        let endpoint = EndpointRow::new(&id, EndpointName::default_endpoint(), number, now, &*self.0.rng);
        let mut batch = Batch::new()
            .and(AGENT_NAMES.put(name_key(account, name), &id, Expect::Absent))
            .and(AGENTS.put(agent_key(account, &id), &agent, Expect::Absent))
            .and(ENDPOINTS.put(endpoint_key(account, &id, &endpoint.name), &endpoint, Expect::Absent))
            .with(new_version(account, &id, number, spec, &code, now));
        if !tags.is_empty() {
            batch = batch.and(TAGS.put(tags_key(&self.arn(account, &id)), tags, Expect::Any));
        }
        let accepted =
            AcceptedAgent { id, version: number, created_at: now, updated_at: now, status: Status::Creating };
        self.once().commit(token.as_ref(), batch, accepted).await
    }
}
