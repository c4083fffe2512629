//! Creating a memory.

use std::collections::BTreeMap;

use fault::{Fault, Result, ValidationReason};
use ids::{AccountId, MemoryId, MemoryName};
use store::idempotency::ClientToken;
use store::{Batch, Expect};

use super::check;
use super::strategies::NewStrategy;
use crate::model::{Definition, IndexedKey, MemoryStatus, NamespaceKey, StrategyStatus, StreamDelivery};
use crate::rows::{MEMORIES, MEMORY_NAMES, MEMORY_TAGS, memory_key, name_key};
use crate::service::{Memory, retry_on_conflict};

/// A request to create a memory.
#[derive(Clone, Debug)]
pub struct NewMemory {
    /// Whose it will be.
    pub account: AccountId,
    /// Its name; no other of the account's memories may have it.
    pub name: MemoryName,
    /// What it is for.
    pub description: Option<String>,
    /// How many days events are kept.
    pub event_expiry_days: u32,
    /// Kept and told, not used.
    pub encryption_key_arn: Option<String>,
    /// Kept and told, not used.
    pub execution_role_arn: Option<String>,
    /// What manages it, if something does.
    pub managed_by: Option<String>,
    /// What records can be filtered by.
    pub indexed_keys: Vec<IndexedKey>,
    /// What events may say of namespaces.
    pub namespace_keys: Vec<NamespaceKey>,
    /// Where changes of records are told.
    pub stream: Option<StreamDelivery>,
    /// How it learns.
    pub strategies: Vec<NewStrategy>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The client's token.
    pub token: Option<ClientToken>,
}

impl Memory {
    /// Creates a memory. The answer tells it as it begins; it can be used at once.
    pub async fn create_memory(&self, request: NewMemory) -> Result<Definition> {
        if let Some(first) = self.once().first(request.token.as_ref()).await? {
            return Ok(first);
        }
        retry_on_conflict(|| self.try_create_memory(&request)).await
    }

    async fn try_create_memory(&self, request: &NewMemory) -> Result<Definition> {
        let NewMemory { account, name, token, .. } = request;
        if MEMORY_NAMES.get(self.store(), &name_key(account, name)).await?.is_some() {
            // It may be an equal call's, made since the token was looked up.
            if let Some(first) = self.once().first(token.as_ref()).await? {
                return Ok(first);
            }
            return Err(Fault::invalid(
                ValidationReason::ResourceConflict,
                format!("A memory named {name} already exists. Choose another name, or update that one."),
            ));
        }
        let memory = self.define(request);
        check::definition(&memory)?;
        self.has_room(None, &memory).await?;
        let mut batch = Batch::new()
            .with(self.streaming_enabled(&memory))
            .and(MEMORY_NAMES.put(name_key(account, name), &memory.id, Expect::Absent))
            .and(MEMORIES.put(memory_key(account, &memory.id), &memory, Expect::Absent));
        if !request.tags.is_empty() {
            batch = batch.and(MEMORY_TAGS.put(memory.key(), &request.tags, Expect::Any));
        }
        let created = self.once().commit(token.as_ref(), batch, beginning(memory)).await;
        self.notices_written();
        created
    }

    fn define(&self, request: &NewMemory) -> Definition {
        let now = self.now();
        let strategies = request.strategies.iter().map(|strategy| strategy.begin(now, &*self.0.rng));
        Definition {
            account: request.account.clone(),
            id: MemoryId::generate(&request.name, &*self.0.rng),
            name: request.name.clone(),
            description: request.description.clone(),
            event_expiry_days: request.event_expiry_days,
            encryption_key_arn: request.encryption_key_arn.clone(),
            execution_role_arn: request.execution_role_arn.clone(),
            managed_by: request.managed_by.clone(),
            indexed_keys: request.indexed_keys.clone(),
            namespace_keys: request.namespace_keys.clone(),
            stream: request.stream.clone(),
            status: MemoryStatus::Active,
            failure: None,
            strategies: strategies.collect(),
            created_at: now,
            updated_at: now,
        }
    }
}

/// A new memory as its creation is answered: whoever waits for it to be active waits no longer than for one look.
fn beginning(mut memory: Definition) -> Definition {
    memory.status = MemoryStatus::Creating;
    for strategy in &mut memory.strategies {
        strategy.status = StrategyStatus::Creating;
    }
    memory
}
