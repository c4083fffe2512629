//! What is given up: notices that have waited too long, or that too many stand behind.

use std::time::Duration;

use fault::Result;
use store::{Batch, Entry, Expect};

use super::rows::{OUTBOX, Outgoing, Queue};
use crate::service::Memory;

/// How long a notice may wait.
const LONGEST: Duration = Duration::from_hours(7 * 24);
/// How many may wait in a queue.
const MOST: usize = 100_000;
/// How many rows are looked at in one go.
const STEP: usize = 1_000;

impl Memory {
    /// Gives up what is too old or too much in a queue.
    pub(super) async fn trim_queue(&self, queue: &Queue) -> Result<()> {
        let count = self.count_queue(queue).await?;
        let (mut surplus, mut given_up) = (count.saturating_sub(MOST), 0);
        loop {
            let rows = OUTBOX.list(self.store(), &queue.range(), STEP).await?;
            let too_old = |row: &Entry<Outgoing>| self.now().since(row.value.at) > LONGEST;
            let old = rows.iter().take_while(|row| too_old(row)).count();
            let taken = old.max(surplus.min(rows.len()));
            if taken == 0 {
                break;
            }
            let away = rows.into_iter().take(taken).map(|row| OUTBOX.delete(row.key, Expect::Any));
            self.store().commit(Batch::new().with(away)).await?;
            surplus = surplus.saturating_sub(taken);
            given_up += taken;
        }
        if given_up > 0 {
            let (memory, to) = (&queue.memory, &queue.to);
            tracing::warn!(%memory, %to, given_up, "notices that could not be delivered were given up");
        }
        Ok(())
    }

    pub(super) async fn count_queue(&self, queue: &Queue) -> Result<usize> {
        let (mut count, mut range) = (0, queue.range());
        loop {
            let rows = self.store().range(OUTBOX.space(), &range, STEP).await?;
            count += rows.len();
            match rows.last() {
                Some(last) if rows.len() == STEP => range = range.after(last.key.clone()),
                _ => return Ok(count),
            }
        }
    }
}
