//! Listing memories.

use fault::Result;
use ids::{AccountId, MemoryId};
use store::KeyRange;

use crate::model::Definition;
use crate::rows::{MEMORIES, memory_key};
use crate::service::Memory;

impl Memory {
    /// At most `limit` of the account's memories, from the one after `after` on, in the order of their ids.
    pub async fn list_memories(
        &self,
        account: &AccountId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<Vec<Definition>> {
        let mut range = KeyRange::below([account.as_str()]);
        if let Some(after) = after {
            range = range.after(memory_key(account, after));
        }
        let rows = MEMORIES.list(self.store(), &range, limit).await?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }
}
