//! Failed jobs end as the events do that they are made from: then there is nothing to make them from again.

use std::time::Duration;

use fault::{Kind, Result};
use ids::{AccountId, MemoryId};
use stdx::Timestamp;
use store::{Batch, Entry, Expect, KeyRange};

use super::rows::{JOBS, JobRow};
use crate::model::Definition;
use crate::service::Memory;

/// How many rows are looked at in one go.
const CHUNK: usize = 200;

impl Memory {
    /// Takes away the failed jobs whose time is over.
    pub(super) async fn forget_old_jobs(&self) -> Result<()> {
        let mut range = KeyRange::all();
        loop {
            let rows = JOBS.list(self.store(), &range, CHUNK).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            range = range.after(last.key.clone());
            let mut batch = Batch::new();
            for row in rows {
                if self.is_old(&row).await? {
                    batch = batch.and(JOBS.delete(row.key, Expect::Any));
                }
            }
            self.store().commit(batch).await?;
        }
    }

    async fn is_old(&self, row: &Entry<JobRow>) -> Result<bool> {
        let mut segments = row.key.segments();
        let account = AccountId::parse(segments.next().unwrap_or_default());
        let memory = MemoryId::parse(segments.next().unwrap_or_default());
        let (Ok(account), Ok(memory)) = (account, memory) else { return Ok(false) };
        match self.definition(&account, &memory).await {
            Ok(memory) => Ok(row.value.is_over(&memory, self.now())),
            // It is gone, and takes its rows along.
            Err(fault) if *fault.kind() == Kind::NotFound => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}

impl JobRow {
    /// Whether its time is over. One that is to be made again has time.
    pub(super) fn is_over(&self, memory: &Definition, now: Timestamp) -> bool {
        let kept = Duration::from_hours(24).saturating_mul(memory.event_expiry_days);
        !self.wanted && self.failed_at.plus(kept) <= now
    }
}
