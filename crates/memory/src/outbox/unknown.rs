//! Queues that lead nowhere: what they hold waits for a server that knows where it goes.

use std::collections::BTreeMap;

use fault::Result;
use serde_json::Value;
use store::Key;

use super::rows::{OUTBOX, Queue};
use crate::outside::Undeliverable;
use crate::service::Memory;
use crate::stream;

/// How many rows are looked at in one go.
const STEP: usize = 1_000;

/// Queues that nothing is known of where they lead, and up to where what waits in each is counted.
pub(super) type Unknown = BTreeMap<Queue, Key>;

impl Memory {
    /// Tells of a queue that leads nowhere, once; and counts what waits there, each notice once in a life of the server.
    pub(super) async fn note_unknown(&self, unknown: &mut Unknown, queue: Queue) -> Result<()> {
        let mut range = queue.range();
        match unknown.get(&queue) {
            Some(counted) => range = range.after(counted.clone()),
            None => {
                let Queue { memory, to, .. } = &queue;
                tracing::warn!(%memory, %to, "notices wait: the configuration does not say where they go");
                let reason = "The server's configuration does not say where notices to this ARN go.";
                self.0.outbox.troubles.lock().insert(queue.clone(), reason.to_owned());
            }
        }
        let nowhere = Undeliverable::unknown(&queue.to);
        loop {
            let rows = OUTBOX.list(self.store(), &range, STEP).await?;
            let Some(last) = rows.last().map(|row| row.key.clone()) else { return Ok(()) };
            for row in &rows {
                self.count_streamed(&queue, &row.value.body, Err(&nowhere));
            }
            unknown.insert(queue.clone(), last.clone());
            range = range.after(last);
        }
    }

    /// Counts a notice that was delivered or not, if it is one of a stream.
    pub(super) fn count_streamed(&self, queue: &Queue, body: &Value, told: Result<(), &Undeliverable>) {
        if stream::is_event(body) {
            self.0.outside.observer.streamed(&self.arn(&queue.account, &queue.memory), told);
        }
    }
}
