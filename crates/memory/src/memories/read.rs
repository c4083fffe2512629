//! Looking a memory up.

use std::sync::Arc;

use fault::{Fault, Result};
use ids::{AccountId, MemoryId};
use store::Entry;

use crate::model::{Definition, MemoryStatus};
use crate::rows::{MEMORIES, memory_key};
use crate::service::Memory;

impl Memory {
    /// A memory, whatever its state.
    pub async fn get_memory(&self, account: &AccountId, memory: &MemoryId) -> Result<Definition> {
        Ok(self.memory_entry(account, memory).await?.value)
    }

    /// The memory as it is now, to work with; not found if there is none, or if it is being deleted.
    pub(crate) async fn definition(&self, account: &AccountId, memory: &MemoryId) -> Result<Arc<Definition>> {
        let key = memory_key(account, memory);
        let begun = match self.0.definitions.get(&key) {
            Ok(definition) => return Ok(definition),
            Err(begun) => begun,
        };
        let definition = Arc::new(self.memory_entry(account, memory).await?.value);
        if definition.status == MemoryStatus::Deleting {
            return Err(unknown(memory));
        }
        self.0.definitions.put(key, &definition, begun);
        Ok(definition)
    }

    pub(crate) async fn memory_entry(
        &self,
        account: &AccountId,
        memory: &MemoryId,
    ) -> Result<Entry<Definition>> {
        let found = MEMORIES.get(self.store(), &memory_key(account, memory)).await?;
        found.ok_or_else(|| unknown(memory))
    }
}

fn unknown(memory: &MemoryId) -> Fault {
    Fault::not_found(format!("There is no memory {memory}."))
}
