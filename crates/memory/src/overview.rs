//! How a memory is: what is in it, what waits, what failed.

use fault::{Fault, Kind, Result};
use ids::{AccountId, MemoryId};
use search::CollectionInfo;
use store::KeyRange;

use crate::extraction::JobFilter;
use crate::index::{Shelf, collection};
use crate::rows::UNINDEXED;
use crate::service::Memory;

/// How many rows are looked at in one go.
const STEP: usize = 1_000;
/// Failed jobs are counted up to this.
const MOST_JOBS: usize = 10_000;

/// How a memory is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Messages that strategies have not learned from yet.
    pub pending_messages: u64,
    /// Jobs that failed and wait for somebody to restart them.
    pub failed_jobs: u64,
    /// Events that can be found.
    pub events: u64,
    /// Records that can be found.
    pub records: u64,
    /// Records that can be found by their meaning.
    pub vectors: u64,
    /// Bytes of the search index on the disk.
    pub bytes: u64,
    /// Records that are stored and not found yet, or not by the index that is being written.
    pub waiting: u64,
    /// The model that made the vectors.
    pub embedder: Option<String>,
}

impl Memory {
    /// How a memory is at the moment.
    pub async fn overview(&self, account: &AccountId, memory: &MemoryId) -> Result<Overview> {
        let records = self.describe(self.searched(account, memory).await?).await?;
        let events = self.describe(collection(account, memory, Shelf::Events, 0)).await?;
        let jobs = self.list_failed_jobs(account, memory, &JobFilter::default(), None, MOST_JOBS).await?;
        let rebuild = self.reindexing(account, memory).await?;
        let to_rebuild = rebuild.map_or(0, |rebuild| rebuild.of.saturating_sub(rebuild.done).max(1));
        let [events, records] = [events, records].map(|info| info.unwrap_or(NOTHING));
        Ok(Overview {
            pending_messages: self.pending_messages(account, memory).await?,
            failed_jobs: jobs.jobs.len() as u64,
            events: events.documents,
            records: records.documents,
            vectors: records.vectors,
            bytes: events.bytes + records.bytes,
            waiting: self.marks(account, memory).await? + to_rebuild,
            embedder: records.embedder.map(|embedder| embedder.model),
        })
    }

    /// How many records can be found.
    pub(crate) async fn records_found(&self, account: &AccountId, memory: &MemoryId) -> Result<u64> {
        let info = self.describe(self.searched(account, memory).await?).await?;
        Ok(info.map_or(0, |info| info.documents))
    }

    async fn describe(&self, name: search::CollectionName) -> Result<Option<CollectionInfo>> {
        self.0.index.describe(&name).await.map_err(|error| {
            Fault::new(Kind::Unavailable, "The search index cannot be read at the moment.").because(error)
        })
    }

    /// How many records the index has yet to learn.
    async fn marks(&self, account: &AccountId, memory: &MemoryId) -> Result<u64> {
        let mut range = KeyRange::below([account.as_str(), memory.as_str()]);
        let mut count = 0;
        loop {
            let rows = self.store().range(UNINDEXED.space(), &range, STEP).await?;
            count += rows.len() as u64;
            match rows.last() {
                Some(last) if rows.len() == STEP => range = range.after(last.key.clone()),
                _ => return Ok(count),
            }
        }
    }
}

const NOTHING: CollectionInfo = CollectionInfo { documents: 0, vectors: 0, embedder: None, bytes: 0 };
