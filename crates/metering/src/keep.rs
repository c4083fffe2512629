//! How long records are kept.

use store::{Batch, Expect, Key, KeyRange};

use crate::record::{RECORDS, hours};
use crate::service::Metering;

/// How many records are removed in one batch.
const STEP: usize = 512;

impl Metering {
    /// Removes the records of hours that are further back than they are kept. Returns how many.
    pub async fn sweep(&self) -> fault::Result<usize> {
        let (store, options) = (&*self.0.store, &self.0.options);
        let keep = i64::try_from(options.keep.as_millis()).unwrap_or(i64::MAX);
        let oldest = stdx::Timestamp::from_millis(self.0.clock.now().as_millis().saturating_sub(keep));
        let (mut removed, mut rest) = (0, KeyRange::all());
        // One account after the other: within each the oldest come first.
        while let Some(next) = store.range(RECORDS.space(), &rest, 1).await?.pop() {
            let account = next.key.segments().next().unwrap_or_default().to_owned();
            loop {
                let old = store.range(RECORDS.space(), &hours(&account, None, Some(oldest)), STEP).await?;
                let last = old.len() < STEP;
                removed += old.len();
                let gone = old.into_iter().map(|row| RECORDS.delete(row.key, Expect::Any));
                let batch = Batch::new().with(gone);
                if !batch.writes().is_empty() {
                    store.commit(batch).await?;
                }
                if last {
                    break;
                }
            }
            rest.from = std::ops::Bound::Included(Key::from_stored(format!("{account}\u{1}")));
        }
        Ok(removed)
    }
}
