//! Changing a memory.

use fault::{Fault, Kind, Result};
use ids::{AccountId, MemoryId, StrategyId};
use stdx::Timestamp;
use store::idempotency::ClientToken;
use store::{Batch, Expect};

use super::check;
use super::strategies::{NewStrategy, StrategyChanges};
use crate::extraction;
use crate::model::{Definition, IndexedKey, MemoryStatus, NamespaceKey, StrategyStatus, StreamDelivery};
use crate::rows::MEMORIES;
use crate::service::{Memory, retry_on_conflict};

/// What is to be changed of a memory. What is not given stays.
#[derive(Clone, Debug)]
pub struct MemoryChanges {
    /// Whose it is.
    pub account: AccountId,
    /// Which.
    pub id: MemoryId,
    /// What it is for.
    pub description: Option<String>,
    /// How many days events are kept, those that there are, too.
    pub event_expiry_days: Option<u32>,
    /// Kept and told, not used.
    pub execution_role_arn: Option<String>,
    /// Strategies to be added.
    pub add: Vec<NewStrategy>,
    /// Strategies to be changed.
    pub modify: Vec<StrategyChanges>,
    /// Strategies to be removed. What they learned stays.
    pub delete: Vec<StrategyId>,
    /// What records can be filtered by besides what they can be already.
    pub add_indexed_keys: Vec<IndexedKey>,
    /// What events may say of namespaces, all of it.
    pub namespace_keys: Option<Vec<NamespaceKey>>,
    /// Where changes of records are told from now on; or nowhere.
    pub stream: Option<Option<StreamDelivery>>,
    /// The manager that asks for it, if it is one.
    pub by: Option<String>,
    /// The client's token.
    pub token: Option<ClientToken>,
}

impl Memory {
    /// Changes a memory. The answer tells it as it is changing; the change holds at once.
    pub async fn update_memory(&self, changes: MemoryChanges) -> Result<Definition> {
        if let Some(first) = self.once().first(changes.token.as_ref()).await? {
            return Ok(first);
        }
        let updated = retry_on_conflict(|| self.try_update_memory(&changes)).await?;
        self.strategies_changed();
        Ok(updated)
    }

    async fn try_update_memory(&self, changes: &MemoryChanges) -> Result<Definition> {
        let before = self.memory_entry(&changes.account, &changes.id).await?;
        if before.value.status == MemoryStatus::Deleting {
            return Err(Fault::conflict(format!("The memory {} is being deleted.", changes.id)));
        }
        if !(changes.add.is_empty() && changes.modify.is_empty() && changes.delete.is_empty()) {
            before.value.only_for_its_manager(changes.by.as_deref())?;
        }
        let now = self.now();
        let added = changes.add.iter().map(|strategy| strategy.begin(now, &*self.0.rng)).collect::<Vec<_>>();
        let mut after = changes.apply(before.value.clone(), now)?;
        after.strategies.extend(added.iter().cloned());
        check::definition(&after)?;
        self.has_room(Some(&before.value), &after).await?;
        let gone = changes.delete.iter().map(|strategy| extraction::gone(&before.key, strategy));
        let batch = Batch::new()
            .and(MEMORIES.put(before.key.clone(), &after, Expect::At(before.revision)))
            .with(gone)
            .with(self.streaming_enabled(&after).filter(|_| after.stream != before.value.stream));
        let mut told = Definition { status: MemoryStatus::Updating, ..after };
        for strategy in &mut told.strategies {
            if added.iter().any(|added| added.id == strategy.id) {
                strategy.status = StrategyStatus::Creating;
            }
        }
        let told = self.once().commit(changes.token.as_ref(), batch, told).await;
        // Also if it failed: then it may have been written all the same.
        self.0.definitions.forget(&before.key);
        self.notices_written();
        told
    }
}

impl MemoryChanges {
    /// The memory with these changes, without the strategies that are added.
    fn apply(&self, before: Definition, now: Timestamp) -> Result<Definition> {
        let mut after = Definition { updated_at: now, ..before };
        if let Some(description) = &self.description {
            after.description = Some(description.clone());
        }
        if let Some(days) = self.event_expiry_days {
            after.event_expiry_days = days;
        }
        if let Some(role) = &self.execution_role_arn {
            after.execution_role_arn = Some(role.clone());
        }
        if let Some(keys) = &self.namespace_keys {
            after.namespace_keys.clone_from(keys);
        }
        if let Some(stream) = &self.stream {
            after.stream.clone_from(stream);
        }
        for added in &self.add_indexed_keys {
            // Adding what is there changes nothing; of another type it is there twice, which is refused.
            if !after.indexed_keys.contains(added) {
                after.indexed_keys.push(added.clone());
            }
        }
        self.change_strategies(&mut after, now)?;
        Ok(after)
    }

    fn change_strategies(&self, memory: &mut Definition, now: Timestamp) -> Result<()> {
        for id in &self.delete {
            let at = position(memory, id, "deleteMemoryStrategies")?;
            memory.strategies.remove(at);
        }
        for changes in &self.modify {
            let at = position(memory, &changes.id, "modifyMemoryStrategies")?;
            memory.strategies[at] = changes.apply(memory.strategies[at].clone(), now)?;
        }
        Ok(())
    }
}

fn position(memory: &Definition, id: &StrategyId, member: &str) -> Result<usize> {
    memory.strategies.iter().position(|strategy| strategy.id == *id).ok_or_else(|| {
        Fault::field(
            format!("memoryStrategies.{member}"),
            format!("The memory {} has no strategy {id}, or it is named twice.", memory.id),
        )
    })
}

impl Definition {
    /// Strategies of a memory that something manages, and the memory itself, are that manager's.
    pub(super) fn only_for_its_manager(&self, by: Option<&str>) -> Result<()> {
        match &self.managed_by {
            Some(manager) if by != Some(manager) => Err(Fault::new(
                Kind::AccessDenied,
                format!(
                    "The memory {} is managed by {manager}. Change its strategies, or delete it, through that.",
                    self.id
                ),
            )),
            _ => Ok(()),
        }
    }
}
