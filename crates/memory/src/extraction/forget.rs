//! What goes with a strategy, or with its memory.

use fault::Result;
use ids::{AccountId, MemoryId, StrategyId};
use store::{Batch, Expect, Key, KeyRange, Space, Write};

use super::rows::{CURSORS, JOBS, OPEN, SUMMARIES, WANTED};
use crate::events::SessionKey;
use crate::service::Memory;

/// How many rows are looked at in one go.
const CHUNK: usize = 500;
/// Where the strategy stands in the keys of what is kept of sessions.
const STRATEGY: usize = 4;

impl Memory {
    /// Takes away everything that learning keeps for a memory that is gone.
    pub(crate) async fn forget_learning(&self, account: &AccountId, memory: &MemoryId) -> Result<()> {
        for space in [CURSORS.space(), JOBS.space(), WANTED.space(), SUMMARIES.space(), OPEN.space()] {
            self.forget_rows(account, memory, space, |_, _| true).await?;
        }
        Ok(())
    }

    /// Takes away everything that learning keeps for a strategy that is gone, its failed jobs too. What was pending
    /// for it alone goes with the next look at its session, which this asks for.
    pub(crate) async fn forget_strategy(
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
            let job = serde_json::from_slice::<super::rows::JobRow>(value);
            job.is_ok_and(|job| job.strategy == *strategy)
        };
        self.forget_rows(account, memory, JOBS.space(), theirs).await?;
        self.look_everywhere(account, memory).await
    }

    /// Has every session of a memory looked at in which something is pending.
    async fn look_everywhere(&self, account: &AccountId, memory: &MemoryId) -> Result<()> {
        let mut after: Option<SessionKey> = None;
        loop {
            let sessions = self.pending_sessions_of(account, memory, after.as_ref(), CHUNK).await?;
            let Some(last) = sessions.last() else { break };
            after = Some(last.clone());
            for session in sessions {
                self.0.extraction.note(session, super::state::Tally { at_once: true, ..Default::default() });
            }
        }
        self.0.unextracted.notify_one();
        Ok(())
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
