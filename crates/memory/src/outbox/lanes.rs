//! Emptying a queue: lanes side by side, each in its order.

use std::collections::BTreeMap;

use fault::Result;
use futures_util::{StreamExt, stream};
use store::{Batch, Entry, Expect, Key};

use super::rows::{OUTBOX, Outgoing, Queue};
use crate::outside::Notice;
use crate::service::Memory;

/// How many notices are taken up in one go: a crash delivers no more than these again.
const CHUNK: usize = 128;
/// How many lanes are served at once.
const LANES: usize = 8;

impl Memory {
    /// Delivers what is in a queue. `Some` says why not all of it could be.
    pub(super) async fn empty_queue(&self, queue: &Queue) -> Result<Option<String>> {
        loop {
            let mut rows = OUTBOX.list(self.store(), &queue.range(), CHUNK).await?;
            if rows.is_empty() {
                return Ok(None);
            }
            // Numbers are given before the commit; the revision says which commit came first.
            rows.sort_by_key(|row| row.revision);
            let mut lanes: BTreeMap<String, Vec<Entry<Outgoing>>> = BTreeMap::new();
            for row in rows {
                lanes.entry(row.value.lane.clone()).or_default().push(row);
            }
            let served = lanes.into_values().map(|lane| self.serve(queue, lane));
            let (mut gone, mut trouble) = (Vec::new(), None);
            let mut served = stream::iter(served).buffer_unordered(LANES);
            while let Some((delivered, failed)) = served.next().await {
                gone.extend(delivered);
                trouble = trouble.or(failed);
            }
            let away = gone.into_iter().map(|key| OUTBOX.delete(key, Expect::Any));
            self.store().commit(Batch::new().with(away)).await?;
            if trouble.is_some() {
                return Ok(trouble);
            }
        }
    }

    /// Delivers what is in a lane up to the first notice that cannot be delivered.
    async fn serve(&self, queue: &Queue, lane: Vec<Entry<Outgoing>>) -> (Vec<Key>, Option<String>) {
        let mut delivered = Vec::new();
        for row in lane {
            let id = format!("{}-{}", queue.memory, row.key.last());
            let notice = Notice { id, body: row.value.body };
            let told = self.0.outside.courier.deliver(&queue.to, &notice).await;
            self.count_streamed(queue, &notice.body, told.as_ref().copied());
            match told {
                Ok(()) => delivered.push(row.key),
                Err(undeliverable) => return (delivered, Some(undeliverable.reason)),
            }
        }
        (delivered, None)
    }
}
