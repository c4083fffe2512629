//! How long records are kept.

use store::{Batch, Expect};

use super::ledger::accounts;
use super::record::{RECORDS, range};
use crate::service::Models;

/// How many records are removed in one batch.
const STEP: usize = 512;

impl Models {
    /// Removes the records that are older than they are kept. Returns how many.
    pub async fn sweep(&self) -> fault::Result<usize> {
        let (ledger, mut removed) = (&self.0.ledger, 0);
        let keep = i64::try_from(self.0.options.keep.as_millis()).unwrap_or(i64::MAX);
        let oldest = stdx::Timestamp::from_millis(ledger.clock.now().as_millis().saturating_sub(keep));
        let store = &*ledger.store;
        for account in accounts(store).await? {
            loop {
                let old = store.range(RECORDS.space(), &range(&account, None, Some(oldest)), STEP).await?;
                let last = old.len() < STEP;
                removed += old.len();
                let batch =
                    Batch::new().with(old.into_iter().map(|row| RECORDS.delete(row.key, Expect::Any)));
                if !batch.writes().is_empty() {
                    store.commit(batch).await?;
                }
                if last {
                    break;
                }
            }
        }
        Ok(removed)
    }
}
