//! How often records are found: counted in memory, written now and then.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use fault::Result;
use ids::MemoryRecordId;
use stdx::Timestamp;
use store::{Batch, Expect, Key, StoreError};

use crate::model::Definition;
use crate::rows::{MEMORIES, RECORD_USES, RECORDS, Uses, record_key};
use crate::service::Memory;

/// How many records are counted before the counts are written. Beyond that, what is found is not counted.
const MOST: usize = 65_536;

/// Counts that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<HashMap<Key, Uses>>);

impl Tally {
    pub(crate) fn add<'a>(
        &self,
        memory: &Definition,
        found: impl Iterator<Item = &'a MemoryRecordId>,
        now: Timestamp,
    ) {
        let mut counts = self.counts();
        for id in found {
            let key = record_key(memory, id);
            if counts.len() < MOST || counts.contains_key(&key) {
                let uses = counts.entry(key).or_default();
                *uses = Uses { count: uses.count + 1, last: now };
            }
        }
    }

    fn take(&self) -> HashMap<Key, Uses> {
        std::mem::take(&mut *self.counts())
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Key, Uses>> {
        self.0.lock().expect("no holder of the counts' lock panics")
    }
}

impl Memory {
    /// Writes what was counted. A crash loses the counts since the last time, which are no more than an estimate.
    pub(crate) async fn write_uses(&self) -> Result<()> {
        for (key, added) in self.0.uses.take() {
            let before = RECORD_USES.get(self.store(), &key).await?;
            let expect = before.as_ref().map_or(Expect::Absent, |row| Expect::At(row.revision));
            let count = before.map_or(0, |row| row.value.count) + added.count;
            // Not for a record that is gone, nor for a memory that is.
            let memory = Key::of(key.segments().take(2));
            let batch = Batch::new()
                .and(MEMORIES.check(memory, Expect::Present))
                .and(RECORDS.check(key.clone(), Expect::Present))
                .and(RECORD_USES.put(key, &Uses { count, last: added.last }, expect));
            match self.store().commit(batch).await {
                Ok(_) | Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
