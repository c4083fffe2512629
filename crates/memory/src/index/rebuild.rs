//! Writing a collection anew: because somebody asks for it, because its files are damaged, or because another embedder
//! makes its vectors now.
//!
//! ```text
//!  wanted ──▶ the rows are written, step by step, to the collection of the next generation
//!         ──▶ one batch: that generation is the one that is searched
//!         ──▶ the old collection is removed
//! ```
//!
//! Until then the old one is searched, and what changes is written to both. A step that is done twice, after a crash,
//! changes nothing.

use std::time::Duration;

use ::search::CollectionName;
use fault::{Fault, Kind, Result};
use ids::{AccountId, MemoryId, MemoryRecordId};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::{Batch, Entry, Expect, Key, KeyRange, Space, StoreError, Table};

use super::worker::Look;
use super::write::{Wanted, later};
use super::{Shelf, collection, memory_of};
use crate::rows::{MEMORIES, RECORDS, memory_key};
use crate::service::{Memory, report};

/// Which generation of a memory's collection of records is searched, by account and memory; the first if there is no
/// row.
pub(crate) const GENERATIONS: Table<u32> = Table::new(Space::new("memory-index-generations"));
/// Collections that are being written anew, by account and memory.
pub(crate) const REBUILDS: Table<Rebuild> = Table::new(Space::new("memory-index-rebuilds"));

/// How long to wait before beginning again at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_hours(24);

/// How far the writing of a collection is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rebuild {
    /// The generation that is being written.
    generation: u32,
    /// The last record that is in it.
    after: Option<MemoryRecordId>,
    done: u64,
    of: u64,
    since: Timestamp,
    /// How often it had to begin again, because what was written could not be used.
    failures: u32,
    /// When it goes on.
    from: Timestamp,
}

/// How far the writing of a memory's index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reindexing {
    /// How many records are in the new one.
    pub done: u64,
    /// About how many there are.
    pub of: u64,
    /// When it began.
    pub since: Timestamp,
}

impl Memory {
    /// Has the index of a memory's records written anew in the background; one that is being written goes on. Searches
    /// are answered meanwhile.
    pub async fn reindex(&self, account: &AccountId, memory: &MemoryId) -> Result<Reindexing> {
        self.definition(account, memory).await?;
        self.want_rebuild(account, memory, None).await?;
        let begun = Reindexing { done: 0, of: 0, since: self.now() };
        Ok(self.reindexing(account, memory).await?.unwrap_or(begun))
    }

    /// How far that is; `None` if nothing is being written.
    pub async fn reindexing(&self, account: &AccountId, memory: &MemoryId) -> Result<Option<Reindexing>> {
        let row = REBUILDS.get(self.store(), &memory_key(account, memory)).await?;
        Ok(row.map(|row| Reindexing { done: row.value.done, of: row.value.of, since: row.value.since }))
    }

    /// The collection that is searched.
    pub(crate) async fn searched(&self, account: &AccountId, memory: &MemoryId) -> Result<CollectionName> {
        let generation = self.generation(account, memory).await?;
        Ok(collection(account, memory, Shelf::Records, generation))
    }

    /// The collections that changes are written to, with the generation of each: the searched one and, if there is
    /// one, the one to come.
    pub(crate) async fn generations(&self, account: &AccountId, memory: &MemoryId) -> Result<Vec<u32>> {
        let next = REBUILDS.get(self.store(), &memory_key(account, memory)).await?;
        let mut generations = vec![self.generation(account, memory).await?];
        generations.extend(next.map(|row| row.value.generation));
        Ok(generations)
    }

    async fn generation(&self, account: &AccountId, memory: &MemoryId) -> Result<u32> {
        let row = GENERATIONS.get(self.store(), &memory_key(account, memory)).await?;
        Ok(row.map(|row| row.value).unwrap_or_default())
    }

    /// Notes that a collection has to be written anew: because this generation of it cannot be used, or because it is
    /// asked for.
    pub(super) async fn want_rebuild(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        unusable: Option<u32>,
    ) -> Result<()> {
        let key = memory_key(account, memory);
        let searched = self.generation(account, memory).await?;
        let row = REBUILDS.get(self.store(), &key).await?;
        let (generation, failures, expect) = match &row {
            Some(row) if Some(row.value.generation) == unusable => {
                (row.value.generation + 1, row.value.failures + 1, Expect::At(row.revision))
            }
            Some(_) => return Ok(()),
            None => (searched + 1, 0, Expect::Absent),
        };
        let (now, pause) = (self.now(), pause(failures));
        let old = collection(account, memory, Shelf::Records, searched);
        let of = self.0.index.describe(&old).await.ok().flatten().map_or(0, |old| old.documents);
        let rebuild =
            Rebuild { generation, after: None, done: 0, of, since: now, failures, from: now.plus(pause) };
        let batch = Batch::new()
            .and(MEMORIES.check(key.clone(), Expect::Present))
            .and(REBUILDS.put(key, &rebuild, expect));
        match self.store().commit(batch).await {
            // Somebody else noted it, or the memory is gone.
            Ok(_) | Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(unusable) = unusable.filter(|unusable| *unusable != searched) {
            self.remove_collection(&collection(account, memory, Shelf::Records, unusable)).await?;
        }
        self.0.unindexed.notify_one();
        Ok(())
    }

    /// One step of each collection that is being written.
    pub(super) async fn step_rebuilds(&self) -> Result<Look> {
        let rows = REBUILDS.list(self.store(), &KeyRange::all(), usize::MAX).await?;
        let (mut look, mut failure) = (Look::Done, None);
        for row in rows {
            match self.step_rebuild(row).await {
                Ok(next) => look = look.and(next),
                Err(error) => {
                    report(&error, "a search index could not be written anew");
                    failure = Some(error);
                }
            }
        }
        failure.map_or(Ok(look), Err)
    }

    async fn step_rebuild(&self, row: Entry<Rebuild>) -> Result<Look> {
        if row.value.from > self.now() {
            return Ok(Look::At(row.value.from));
        }
        let (account, memory) = memory_of(&row.key)?;
        let mut range = KeyRange::below([account.as_str(), memory.as_str()]);
        if let Some(after) = &row.value.after {
            range = range.after(Key::of([account.as_str(), memory.as_str(), after.as_str()]));
        }
        let records = RECORDS.list(self.store(), &range, self.index_step()).await?;
        let Some(last) = records.last().map(|record| record.value.id.clone()) else {
            return self.finish_rebuild(&account, &memory, &row).await;
        };
        let count = records.len() as u64;
        let wanted =
            records.into_iter().map(|row| Wanted { id: row.value.id.clone(), record: Some(row.value) });
        let wanted: Vec<Wanted> = wanted.collect();
        let embedded = self.embed_wanted(&account, &wanted).await;
        let generation = row.value.generation;
        if !self.write_records(&account, &memory, generation, &wanted, &embedded).await? {
            self.want_rebuild(&account, &memory, Some(generation)).await?;
            return Ok(Look::More);
        }
        let done = row.value.done + count;
        let rebuild = Rebuild { after: Some(last), done, of: row.value.of.max(done), ..row.value };
        let batch = Batch::new().with(later(&account, &memory, &wanted, &embedded)).and(REBUILDS.put(
            row.key,
            &rebuild,
            Expect::At(row.revision),
        ));
        self.store().commit(batch).await?;
        Ok(Look::More)
    }

    /// From now on the new collection is the one that is searched.
    async fn finish_rebuild(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        row: &Entry<Rebuild>,
    ) -> Result<Look> {
        let old = self.searched(account, memory).await?;
        let batch = Batch::new()
            .and(GENERATIONS.put(row.key.clone(), &row.value.generation, Expect::Any))
            .and(REBUILDS.delete(row.key.clone(), Expect::At(row.revision)));
        self.store().commit(batch).await?;
        tracing::info!(%memory, records = row.value.done, "a search index was written anew");
        self.remove_collection(&old).await?;
        Ok(Look::Done)
    }

    pub(crate) async fn remove_collection(&self, collection: &CollectionName) -> Result<()> {
        self.0.index.remove(collection).await.map_err(|error| {
            Fault::new(Kind::Unavailable, "The search index cannot be removed at the moment.").because(error)
        })
    }
}

/// How long to wait after so many failures. Where an alias stands for several embedders there would be no end to it, and
/// each vector has its price.
fn pause(failures: u32) -> Duration {
    match failures {
        0 => Duration::ZERO,
        failures => FIRST_PAUSE.saturating_mul(1 << failures.min(16)).min(LONGEST_PAUSE),
    }
}
