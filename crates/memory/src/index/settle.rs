//! Waiting until the index has what the rows say.

use fault::{Fault, Kind, Result};
use ids::{AccountId, MemoryId};
use store::{KeyRange, Revision};

use crate::rows::UNINDEXED;
use crate::service::Memory;

/// How many marks are looked at in one step.
const STEP: usize = 1_000;

impl Memory {
    /// Waits until everything of a memory that was committed before the call is found, by its words at least: what the
    /// embedder does not answer for is no reason to wait.
    pub async fn settle(&self, account: &AccountId, memory: &MemoryId) -> Result<()> {
        let Some(newest) = self.newest_mark(account, memory, None).await? else { return Ok(()) };
        loop {
            // Asked for before looking, so that no news is missed in between.
            let news = self.0.indexed.notified();
            if self.newest_mark(account, memory, Some(newest)).await?.is_none() {
                return Ok(());
            }
            self.0.unindexed.notify_one();
            tokio::select! {
                () = news => {}
                () = self.0.stopping.cancelled() => {
                    return Err(Fault::new(Kind::Unavailable, "The server is stopping. Retry later."));
                }
            }
        }
    }

    /// The revision of the newest mark of a memory, among those up to `until`.
    async fn newest_mark(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        until: Option<Revision>,
    ) -> Result<Option<Revision>> {
        let mut range = KeyRange::below([account.as_str(), memory.as_str()]);
        let mut newest = None;
        loop {
            let marks = UNINDEXED.list(self.store(), &range, STEP).await?;
            let revisions = marks.iter().map(|mark| mark.revision);
            newest = newest.max(revisions.filter(|mark| until.is_none_or(|until| *mark <= until)).max());
            match marks.last() {
                Some(last) if marks.len() == STEP => range = range.after(last.key.clone()),
                _ => return Ok(newest),
            }
        }
    }
}
