//! What a search may count on: everything that was acknowledged a second ago is in the index.
//!
//! The task that fills the index rests between its rounds, so that writing goes before finding. While many events are
//! written it can be behind by more than a second. A search that would miss something then has it hurry, and waits.

use std::ops::Bound;
use std::time::Duration;

use fault::Result;
use ids::{AccountId, MemoryId};
use store::KeyRange;

use super::arrival::Arrival;
use super::rows::{CURSORS, JOURNAL, journal_key, memory_key};
use crate::service::Memory;

/// How old an event is that every search finds.
const AGE: Duration = Duration::from_secs(1);
/// How long a search waits for that at most. It then answers with what there is.
const PATIENCE: Duration = Duration::from_secs(10);
/// A round that was under way when a search came need not have done anything for it; the next one has.
const IDLE_ROUNDS: u32 = 2;

impl Memory {
    /// Waits until the index has what was written a second ago, unless it cannot be written to.
    pub(super) async fn indexed_lately(&self, account: &AccountId, memory: &MemoryId) -> Result<()> {
        let due = self.0.events.arrivals.before(self.now(), AGE);
        let patience = self.0.clock.sleep_until(self.now().plus(PATIENCE));
        let wait = async {
            let (mut seen, mut idle) = (None, 0);
            loop {
                let round = self.0.events.round_ended();
                let Some(at) = self.behind(account, memory, due).await? else { return Ok(()) };
                idle = if seen == Some(at) { idle + 1 } else { 0 };
                if idle > IDLE_ROUNDS {
                    return Ok(());
                }
                seen = Some(at);
                self.0.events.hurry(account, memory);
                round.await;
            }
        };
        tokio::select! {
            waited = wait => waited,
            // Nobody fills the index any more.
            () = self.0.stopping.cancelled() => Ok(()),
            () = patience => {
                tracing::warn!(%memory, "a search of events answers without the newest ones: the index is behind");
                Ok(())
            }
        }
    }

    /// Up to where the index has come, if that is not far enough.
    async fn behind(&self, account: &AccountId, memory: &MemoryId, due: Arrival) -> Result<Option<Arrival>> {
        let cursor = CURSORS.get(self.store(), &memory_key(account, memory)).await?;
        let at = cursor.map_or(Arrival::FIRST, |cursor| Arrival::from_number(cursor.value));
        if at >= due {
            return Ok(None);
        }
        let missing = KeyRange {
            to: Bound::Included(journal_key(account, memory, due)),
            ..KeyRange::below([account.as_str(), memory.as_str()]).after(journal_key(account, memory, at))
        };
        let first = JOURNAL.list(self.store(), &missing, 1).await?;
        Ok((!first.is_empty()).then_some(at))
    }
}
