//! Removing everything of a memory that is gone.

use fault::Result;
use ids::{AccountId, MemoryId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Batch, Expect, KeyRange, Table};

use super::SessionKey;
use super::position::Position;
use super::rows::{BRANCHES, CURSORS, EVENTS, JOURNAL, SESSIONS, UNWANTED, memory_key, unwanted_key};
use crate::service::Memory;

/// How many rows are removed in one go.
const CHUNK: usize = 200;

impl Memory {
    /// Removes the sessions of a memory and all that is in them. Doing it again, or after it broke off, does the rest.
    pub(crate) async fn forget_events(&self, account: &AccountId, memory: &MemoryId) -> Result<()> {
        // Sessions first: after that no event of a known session can be written.
        self.clear(&SESSIONS, account, memory).await?;
        self.clear(&BRANCHES, account, memory).await?;
        self.clear_events(account, memory).await?;
        self.clear(&JOURNAL, account, memory).await?;
        self.forget_pending(account, memory).await?;
        self.clear(&UNWANTED, account, memory).await?;
        let batch = Batch::new()
            .and(CURSORS.delete(memory_key(account, memory), Expect::Any))
            .and(UNWANTED.put(unwanted_key(account, memory, ""), &(), Expect::Any));
        self.store().commit(batch).await?;
        self.0.events.mark(account, memory);
        Ok(())
    }

    async fn clear_events(&self, account: &AccountId, memory: &MemoryId) -> Result<()> {
        let range = KeyRange::below([account.as_str(), memory.as_str()]);
        loop {
            let rows = EVENTS.list(self.store(), &range, CHUNK).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut batch = Batch::new();
            for row in rows {
                let session = SessionKey::of_segments(row.key.segments());
                if let (Some(session), Some(position)) = (session, Position::of_segment(row.key.last())) {
                    batch = batch.with(row.value.payload.release(&session, position));
                }
                batch = batch.and(EVENTS.delete(row.key, Expect::Any));
            }
            self.store().commit(batch).await?;
        }
    }

    async fn clear<T: Serialize + DeserializeOwned>(
        &self,
        table: &Table<T>,
        account: &AccountId,
        memory: &MemoryId,
    ) -> Result<()> {
        let range = KeyRange::below([account.as_str(), memory.as_str()]);
        loop {
            let rows = self.store().range(table.space(), &range, CHUNK).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let gone = rows.into_iter().map(|row| table.delete(row.key, Expect::Any));
            self.store().commit(Batch::new().with(gone)).await?;
        }
    }
}
