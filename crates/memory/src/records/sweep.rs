//! Removes records whose time is over, and writes how often records were found.

use std::ops::Bound;
use std::time::Duration;

use fault::Result;
use store::{Batch, Entry, Expect, Key, KeyRange, StoreError};

use super::write::RecordChange;
use crate::model::{Definition, Record};
use crate::rows::{MEMORIES, RECORD_EXPIRIES, RECORDS, instant};
use crate::service::{Memory, report};

/// How often to look. Nobody sees a record whose time is over, so it need not go at that very moment.
const EVERY: Duration = Duration::from_secs(60);
/// How many records are removed in one step.
const STEP: usize = 256;

impl Memory {
    /// Runs until the service is shut down.
    pub(crate) async fn sweep_records(&self) {
        loop {
            if let Err(error) = self.remove_expired().await {
                report(&error, "records whose time is over could not be removed");
            }
            if let Err(error) = self.write_uses().await {
                report(&error, "how often records were found could not be written");
            }
            let next = self.0.clock.sleep_until(self.now().plus(EVERY));
            if self.0.stopping.run_until_cancelled(next).await.is_none() {
                break;
            }
        }
        if let Err(error) = self.write_uses().await {
            report(&error, "how often records were found could not be written");
        }
    }

    async fn remove_expired(&self) -> Result<()> {
        let until = Key::of([instant(self.now().plus(Duration::from_millis(1)))]);
        let due = KeyRange { to: Bound::Excluded(until), ..KeyRange::all() };
        loop {
            let expiries = RECORD_EXPIRIES.list(self.store(), &due, STEP).await?;
            for expiry in &expiries {
                self.expire(expiry).await?;
            }
            if expiries.len() < STEP {
                self.records_changed();
                return Ok(());
            }
        }
    }

    /// Removes a record, unless it was given another end or is gone; then only this one's row.
    async fn expire(&self, expiry: &Entry<()>) -> Result<()> {
        let done = RECORD_EXPIRIES.delete(expiry.key.clone(), Expect::Any);
        let mut batch = Batch::new().and(done);
        let key = Key::of(expiry.key.segments().skip(1));
        if let Some((row, memory)) = self.expired(&key, expiry.key.segments().next()).await? {
            batch = batch
                .and(RECORDS.check(row.key, Expect::At(row.revision)))
                .with(self.record_writes(&memory, &[RecordChange::Removed(row.value)]));
        }
        match self.store().commit(batch).await {
            // It is being changed at this moment: the next look finds what became of it.
            Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The record and its memory, if the record ends at this time.
    async fn expired(&self, key: &Key, at: Option<&str>) -> Result<Option<(Entry<Record>, Definition)>> {
        let Some(row) = RECORDS.get(self.store(), key).await? else { return Ok(None) };
        let ends = row.value.expiry.map(|(ends, _)| instant(ends));
        let memory = MEMORIES.get(self.store(), &Key::of(key.segments().take(2))).await?;
        Ok(memory.filter(|_| ends.as_deref() == at).map(|memory| (row, memory.value)))
    }
}
