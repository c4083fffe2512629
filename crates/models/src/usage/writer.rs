//! The task that writes records down.

use std::sync::Arc;
use std::time::Duration;

use store::Batch;
use tokio_util::sync::CancellationToken;

use super::ledger::Ledger;

/// How many records go into one batch.
const BATCH: usize = 256;
/// How long to wait after the store has failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Writes records as they come. While one batch is being written the next one gathers, so that few calls a second are
/// written at once, and many of them together. What cannot be written stays and is tried again under the same keys.
pub(crate) async fn run(ledger: Arc<Ledger>, stopping: CancellationToken) {
    loop {
        let writes = ledger.unwritten(BATCH);
        let count = writes.len();
        if count == 0 {
            tokio::select! {
                () = ledger.entered.notified() => continue,
                () = stopping.cancelled() => return,
            }
        }
        match ledger.store.commit(Batch::new().with(writes)).await {
            Ok(_) => ledger.written(count),
            Err(error) => {
                tracing::warn!(%error, "usage of models was not written down; it will be tried again");
                tokio::select! {
                    () = ledger.clock.sleep_until(ledger.clock.now().plus(PAUSE)) => {}
                    () = stopping.cancelled() => return,
                }
            }
        }
    }
}
