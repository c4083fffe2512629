//! Deleting a memory with everything in it.
//!
//! ```text
//!  asked for    ──▶ the memory is `DELETING`: nothing new is accepted
//!  background   ──▶ what is in it is removed, step by step
//!               ──▶ the memory's row is removed: nothing that was under way can be written any more
//!               ──▶ what was written in between is removed
//!  the index    ──▶ its collections are removed, and with them the wish itself
//! ```
//!
//! A crash anywhere leaves the wish, and what it asks for is done again.

use std::time::Duration;

use fault::Result;
use ids::{AccountId, MemoryId};
use store::idempotency::ClientToken;
use store::{Batch, Expect, Key, KeyRange, Row, Space};

use crate::extraction;
use crate::index::{GENERATIONS, Look, REBUILDS, Shelf, collection, memory_of};
use crate::knowledge::PIECES;
use crate::model::{Definition, MemoryStatus};
use crate::rows::{
    MEMORIES, MEMORY_DELETIONS, MEMORY_NAMES, MEMORY_TAGS, PLACES, RECORD_USES, RECORDS, Removal, UNEMBEDDED,
    UNINDEXED, name_key,
};
use crate::service::{Memory, report, retry_on_conflict};

/// The spaces whose rows lie below their memory.
const BELOW: &[Space] = &[
    RECORDS.space(),
    PLACES.space(),
    PIECES.space(),
    RECORD_USES.space(),
    UNINDEXED.space(),
    UNEMBEDDED.space(),
];
/// How many rows are removed in one step.
const STEP: usize = 500;
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(2);

impl Memory {
    /// Marks a memory as going away. Everything of it is removed in the background.
    pub async fn delete_memory(
        &self,
        account: &AccountId,
        id: &MemoryId,
        by: Option<&str>,
        token: Option<&ClientToken>,
    ) -> Result<MemoryId> {
        if let Some(first) = self.once().first(token).await? {
            return Ok(first);
        }
        let deleted = retry_on_conflict(|| async {
            let memory = self.memory_entry(account, id).await?;
            memory.value.only_for_its_manager(by)?;
            if memory.value.status == MemoryStatus::Deleting {
                return self.once().commit(token, Batch::new(), id.clone()).await;
            }
            let going = Definition { status: MemoryStatus::Deleting, updated_at: self.now(), ..memory.value };
            let batch = Batch::new()
                .and(MEMORIES.put(memory.key.clone(), &going, Expect::At(memory.revision)))
                .and(MEMORY_DELETIONS.put(memory.key.clone(), &Removal::Begun, Expect::Any));
            let deleted = self.once().commit(token, batch, id.clone()).await;
            // Also if it failed: then it may have been written all the same.
            self.0.definitions.forget(&memory.key);
            deleted
        })
        .await?;
        self.0.deletions.notify_one();
        Ok(deleted)
    }

    /// Removes what is in memories that go away, until the service is shut down.
    pub(crate) async fn remove_memories(&self) {
        loop {
            let well = self.remove_rows().await;
            let pause = async {
                match &well {
                    Ok(()) => std::future::pending().await,
                    Err(_) => self.0.clock.sleep_until(self.now().plus(PAUSE)).await,
                }
            };
            tokio::select! {
                () = self.0.stopping.cancelled() => return,
                () = self.0.deletions.notified() => {}
                () = pause => {}
            }
        }
    }

    async fn remove_rows(&self) -> Result<()> {
        let wishes = MEMORY_DELETIONS.list(self.store(), &KeyRange::all(), usize::MAX).await?;
        let mut failure = None;
        for wish in wishes.iter().filter(|wish| wish.value == Removal::Begun) {
            if let Err(error) = self.remove_rows_of(&wish.key).await {
                report(&error, "a memory could not be removed");
                failure = Some(error);
            }
        }
        failure.map_or(Ok(()), Err)
    }

    async fn remove_rows_of(&self, key: &Key) -> Result<()> {
        let (account, memory) = memory_of(key)?;
        self.remove_below(&account, &memory).await?;
        if let Some(row) = MEMORIES.get(self.store(), key).await? {
            let batch = Batch::new()
                .and(MEMORIES.delete(key.clone(), Expect::At(row.revision)))
                .and(MEMORY_NAMES.delete(name_key(&account, &row.value.name), Expect::Any))
                .and(MEMORY_TAGS.delete(key.clone(), Expect::Any));
            self.store().commit(batch).await?;
            self.0.definitions.forget(key);
        }
        self.remove_below(&account, &memory).await?;
        let gone = MEMORY_DELETIONS.put(key.clone(), &Removal::RowsGone, Expect::Present);
        self.store().commit(Batch::new().and(gone)).await?;
        self.0.unindexed.notify_one();
        Ok(())
    }

    /// Removes all that lies below a memory.
    async fn remove_below(&self, account: &AccountId, memory: &MemoryId) -> Result<()> {
        self.forget_events(account, memory).await?;
        self.forget_documents(account, memory).await?;
        for space in BELOW.iter().chain(extraction::SPACES) {
            self.clear_space(*space, account, memory).await?;
        }
        Ok(())
    }

    async fn clear_space(&self, space: Space, account: &AccountId, memory: &MemoryId) -> Result<()> {
        let below = KeyRange::below([account.as_str(), memory.as_str()]);
        loop {
            let rows = self.store().range(space, &below, STEP).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let away = |batch: Batch, row: Row| batch.delete(space, row.key, Expect::Any);
            self.store().commit(rows.into_iter().fold(Batch::new(), away)).await?;
        }
    }

    /// Removes the collections of memories whose rows are gone. Called by the task that writes them, and by no other, so
    /// that nothing is written to one after it was removed.
    pub(crate) async fn remove_collections(&self) -> Result<Look> {
        let wishes = MEMORY_DELETIONS.list(self.store(), &KeyRange::all(), usize::MAX).await?;
        for wish in wishes.into_iter().filter(|wish| wish.value == Removal::RowsGone) {
            let (account, memory) = memory_of(&wish.key)?;
            for generation in self.generations(&account, &memory).await? {
                self.remove_collection(&collection(&account, &memory, Shelf::Records, generation)).await?;
            }
            // This task may have been at work on it while its rows went.
            self.clear_space(UNEMBEDDED.space(), &account, &memory).await?;
            let batch = Batch::new()
                .and(GENERATIONS.delete(wish.key.clone(), Expect::Any))
                .and(REBUILDS.delete(wish.key.clone(), Expect::Any))
                .and(MEMORY_DELETIONS.delete(wish.key, Expect::Any));
            self.store().commit(batch).await?;
        }
        Ok(Look::Done)
    }
}
