//! Notices on their way out: rows that are written together with what they tell, and taken away once they are
//! delivered. A crash in between delivers some of them again, and loses none.
//!
//! A queue is what one memory tells one ARN. In a queue, notices of one *lane* (a record, a session) are delivered one
//! after the other in the order of their commits; lanes do not wait for each other. A queue whose destination fails
//! rests, longer each time; one that the configuration knows no destination for waits for a server that does. What
//! has waited too long, or stands before too much, is given up, which the log tells.

mod lanes;
mod rows;
mod surplus;
mod unknown;
mod worker;

use std::sync::atomic::{AtomicU64, Ordering};

use fault::Result;
use serde_json::Value;
use stdx::Timestamp;
use store::{Expect, KeyRange, Store, Write};
use tokio::sync::Notify;

use crate::model::Definition;
use crate::service::Memory;

pub use worker::Undelivered;

use rows::{OUTBOX, Outgoing, number_of, outgoing_key};

/// How many rows are read at once at the start.
const STEP: usize = 1_000;

/// What a running service knows of notices beside their rows.
pub(crate) struct Outbox {
    /// The last number that was given.
    last: AtomicU64,
    /// Tells the task that delivers to look again.
    pub(crate) filled: Notify,
    troubles: worker::Troubles,
}

impl Outbox {
    /// Goes on counting where an earlier process stopped.
    pub(crate) async fn recover(store: &dyn Store) -> Result<Self> {
        let (mut last, mut range) = (0, KeyRange::all());
        loop {
            let rows = store.range(OUTBOX.space(), &range, STEP).await?;
            last = rows.iter().map(|row| number_of(&row.key)).fold(last, u64::max);
            let Some(row) = rows.into_iter().next_back() else { break };
            range = range.after(row.key);
        }
        Ok(Self { last: AtomicU64::new(last), filled: Notify::new(), troubles: worker::Troubles::default() })
    }

    /// A number greater than all before. Begins with the time, so that it stays so when every row is gone.
    fn number(&self, now: Timestamp) -> u64 {
        let earliest = u64::try_from(now.as_millis()).unwrap_or(0) << 20;
        let next = |last: u64| Some(last.saturating_add(1).max(earliest));
        match self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
            Ok(last) | Err(last) => last.saturating_add(1).max(earliest),
        }
    }
}

impl Memory {
    /// What to add to a batch so that this is told, after everything of the same lane that was committed before. After
    /// the commit, call [`Memory::notices_written`].
    pub(crate) fn notice(&self, memory: &Definition, to: &str, lane: &str, body: Value) -> Write {
        let now = self.now();
        let key = outgoing_key(memory, to, self.0.outbox.number(now));
        OUTBOX.put(key, &Outgoing { lane: lane.to_owned(), at: now, body }, Expect::Any)
    }

    /// Wakes whoever delivers notices.
    pub(crate) fn notices_written(&self) {
        self.0.outbox.filled.notify_one();
    }
}
