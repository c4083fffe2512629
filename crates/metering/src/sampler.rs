//! The task that reads the meters and writes the records.

use std::sync::Arc;

use store::Batch;

use crate::lives::Mark;
use crate::service::Inner;

/// How many lives go into one batch.
const LIVES_A_BATCH: usize = 1024;

/// Reads every meter each second, and writes down what changed every few seconds and whenever a life has ended.
pub(crate) async fn run(inner: Arc<Inner>) {
    let options = &inner.options;
    let mut flush_at = inner.clock.elapsed() + options.flush_every;
    loop {
        let next = inner.clock.sleep_until(inner.clock.now().plus(options.sample_every));
        tokio::pin!(next);
        let stopping = loop {
            tokio::select! {
                biased;
                () = inner.stopping.cancelled() => break true,
                () = inner.lives.ended.notified() => flush(&inner).await,
                () = &mut next => break false,
            }
        };
        read(&inner).await;
        if stopping || inner.clock.elapsed() >= flush_at {
            flush_at = inner.clock.elapsed() + options.flush_every;
            flush(&inner).await;
        }
        if stopping {
            return;
        }
    }
}

/// Reading a meter is a look into the host's books: too short to wait for, and still no work for a thread that serves
/// requests when there are hundreds of them.
async fn read(inner: &Arc<Inner>) {
    let lives = Arc::clone(&inner.lives);
    if let Err(error) = tokio::task::spawn_blocking(move || lives.read_all()).await {
        tracing::error!(%error, "the meters were not read");
    }
}

/// What cannot be written stays in memory, and is written with what is known then.
async fn flush(inner: &Inner) {
    let mut left = inner.lives.unwritten().into_iter().peekable();
    while left.peek().is_some() {
        let mut batch = Batch::new();
        let mut marks: Vec<(u64, Mark)> = Vec::new();
        for (number, writes, mark) in left.by_ref().take(LIVES_A_BATCH) {
            batch = batch.with(writes);
            marks.push((number, mark));
        }
        if let Err(error) = inner.store.commit(batch).await {
            tracing::warn!(%error, "usage was not written down; it will be tried again");
            return;
        }
        for (number, mark) in &marks {
            inner.lives.written(*number, mark);
        }
    }
}
