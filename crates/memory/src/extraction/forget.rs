//! What goes with a strategy. A wish for it is written in the batch that removes the strategy, and goes last.

use std::sync::atomic::Ordering;

use fault::{Fault, Result};
use ids::{AccountId, MemoryId, StrategyId};
use store::{Batch, Expect, Key, KeyRange, Space, Write};

use super::rows::{CURSORS, GONE, JOBS, JobRow, OPEN, SUMMARIES};
use super::state::Tally;
use crate::events::SessionKey;
use crate::service::Memory;

/// How many rows are looked at in one go.
const CHUNK: usize = 500;
/// Where the strategy stands in the keys of what is kept of sessions.
const STRATEGY: usize = 4;

/// What to add to the batch that removes a strategy of the memory under this key.
pub(crate) fn gone(memory: &Key, strategy: &StrategyId) -> Write {
    GONE.put(Key::of(memory.segments().chain([strategy.as_str()])), &(), Expect::Any)
}

impl Memory {
    /// Tells the task that learns that a memory's strategies are others now.
    pub(crate) fn strategies_changed(&self) {
        self.0.extraction.changed.store(true, Ordering::Release);
        self.0.unextracted.notify_one();
    }

    /// Takes away what learning keeps for strategies that are gone.
    pub(super) async fn forget_gone(&self) -> Result<()> {
        for wish in GONE.list(self.store(), &KeyRange::all(), usize::MAX).await? {
            let (account, memory, strategy) = parse(&wish.key)?;
            self.forget_strategy(&account, &memory, &strategy).await?;
            self.look_everywhere(&account, &memory).await?;
            let done = GONE.delete(wish.key, Expect::At(wish.revision));
            self.store().commit(Batch::new().and(done)).await?;
        }
        Ok(())
    }

    async fn forget_strategy(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        strategy: &StrategyId,
    ) -> Result<()> {
        for space in [CURSORS.space(), SUMMARIES.space(), OPEN.space()] {
            let theirs = |key: &Key, _: &[u8]| key.segments().nth(STRATEGY) == Some(strategy.as_str());
            self.forget_rows(account, memory, space, theirs).await?;
        }
        let theirs = |_: &Key, value: &[u8]| {
            serde_json::from_slice::<JobRow>(value).is_ok_and(|job| job.strategy == *strategy)
        };
        self.forget_rows(account, memory, JOBS.space(), theirs).await
    }

    /// Has every session of a memory looked at in which something is pending: it may have been so for this strategy
    /// alone.
    async fn look_everywhere(&self, account: &AccountId, memory: &MemoryId) -> Result<()> {
        let mut after: Option<SessionKey> = None;
        loop {
            let sessions = self.pending_sessions_of(account, memory, after.as_ref(), CHUNK).await?;
            let Some(last) = sessions.last() else { return Ok(()) };
            after = Some(last.clone());
            for session in sessions {
                self.0.extraction.note(session, Tally { at_once: true, ..Tally::default() });
            }
        }
    }

    async fn forget_rows(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        space: Space,
        gone: impl Fn(&Key, &[u8]) -> bool,
    ) -> Result<()> {
        let mut range = KeyRange::below([account.as_str(), memory.as_str()]);
        loop {
            let rows = self.store().range(space, &range, CHUNK).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            range = range.after(last.key.clone());
            let gone = rows.into_iter().filter(|row| gone(&row.key, &row.value));
            let gone = gone.map(|row| Write::Delete { space, key: row.key, expect: Expect::Any });
            self.store().commit(Batch::new().with(gone)).await?;
        }
    }
}

fn parse(key: &Key) -> Result<(AccountId, MemoryId, StrategyId)> {
    let mut segments = key.segments();
    let mut next = || segments.next().unwrap_or_default();
    let account = AccountId::parse(next()).map_err(Fault::internal)?;
    let memory = MemoryId::parse(next()).map_err(Fault::internal)?;
    Ok((account, memory, StrategyId::parse(next()).map_err(Fault::internal)?))
}
