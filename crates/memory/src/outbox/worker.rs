//! The task that delivers: one queue by one task at a time, each at its own pace.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use fault::Result;
use ids::{AccountId, MemoryId};
use stdx::Timestamp;
use store::KeyRange;
use tokio::task::{Id, JoinError, JoinSet};

use super::rows::{OUTBOX, Queue};
use super::unknown::Unknown;
use crate::service::{Memory, report};

/// How long a queue rests after its first failure; then twice as long each time,
const FIRST_REST: Duration = Duration::from_secs(1);
/// but no longer than this.
const LONGEST_REST: Duration = Duration::from_mins(5);
/// How often to look for what is to be given up.
const TRIM: Duration = Duration::from_hours(1);

/// What a memory could not tell somebody yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// The ARN of whom it is to be told to.
    pub to: String,
    /// How many notices wait.
    pub waiting: u64,
    /// Why, if something is wrong.
    pub reason: Option<String>,
}

/// Why queues rest, for whoever asks.
#[derive(Default)]
pub(super) struct Troubles(Mutex<BTreeMap<Queue, String>>);

impl Troubles {
    pub(super) fn lock(&self) -> MutexGuard<'_, BTreeMap<Queue, String>> {
        self.0.lock().expect("no holder of the troubles' lock panics")
    }
}

#[derive(Default)]
struct Deliveries {
    running: JoinSet<Result<Option<String>>>,
    queues: HashMap<Id, Queue>,
    /// Queues that failed so often, and until when they rest.
    resting: BTreeMap<Queue, (u32, Timestamp)>,
    unknown: Unknown,
    trimmed: Timestamp,
}

impl Memory {
    /// Runs until the service is shut down.
    pub(crate) async fn deliver_notices(&self) {
        let mut deliveries = Deliveries::default();
        while !self.0.stopping.is_cancelled() {
            let again = match self.start_deliveries(&mut deliveries).await {
                Ok(()) => deliveries.next_due(),
                Err(error) => {
                    report(&error, "notices could not be delivered");
                    self.now().plus(FIRST_REST)
                }
            };
            tokio::select! {
                () = self.0.stopping.cancelled() => break,
                () = self.0.outbox.filled.notified() => {}
                () = self.0.clock.sleep_until(again) => {}
                Some(done) = deliveries.running.join_next_with_id() => self.delivered(&mut deliveries, done),
            }
        }
        // What is cut off is delivered again at the next start.
        deliveries.running.shutdown().await;
    }

    async fn start_deliveries(&self, deliveries: &mut Deliveries) -> Result<()> {
        let now = self.now();
        let trim = now.since(deliveries.trimmed) >= TRIM;
        if trim {
            deliveries.trimmed = now;
        }
        for queue in self.queues(&KeyRange::all()).await? {
            if trim {
                self.trim_queue(&queue).await?;
            }
            if deliveries.queues.values().any(|busy| *busy == queue) {
                continue;
            }
            if !self.0.outside.courier.knows(&queue.to) {
                self.note_unknown(&mut deliveries.unknown, queue).await?;
                continue;
            }
            if deliveries.resting.get(&queue).is_none_or(|(_, until)| *until <= now) {
                let (memory, own) = (self.clone(), queue.clone());
                let task = deliveries.running.spawn(async move { memory.empty_queue(&own).await });
                deliveries.queues.insert(task.id(), queue);
            }
        }
        Ok(())
    }

    fn delivered(&self, deliveries: &mut Deliveries, done: Result<(Id, Result<Option<String>>), JoinError>) {
        let (id, trouble) = match done {
            Ok((id, Ok(trouble))) => (id, trouble),
            Ok((id, Err(error))) => {
                report(&error, "notices could not be delivered");
                (id, Some(error.message().to_owned()))
            }
            Err(error) => {
                tracing::error!(%error, "a delivery panicked");
                (error.id(), Some("The delivery failed.".to_owned()))
            }
        };
        let Some(queue) = deliveries.queues.remove(&id) else { return };
        let Queue { memory, to, .. } = &queue;
        let Some(reason) = trouble else {
            self.0.outbox.troubles.lock().remove(&queue);
            if deliveries.resting.remove(&queue).is_some() {
                tracing::info!(%memory, %to, "notices are delivered again");
            }
            return;
        };
        let failures = deliveries.resting.get(&queue).map_or(0, |(failures, _)| *failures);
        let rest = FIRST_REST.saturating_mul(1 << failures.min(16)).min(LONGEST_REST);
        if failures == 0 {
            tracing::warn!(%memory, %to, %reason, "notices cannot be delivered, and are tried again");
        }
        self.0.outbox.troubles.lock().insert(queue.clone(), reason);
        deliveries.resting.insert(queue, (failures + 1, self.now().plus(rest)));
    }

    /// The queues that are not empty.
    async fn queues(&self, within: &KeyRange) -> Result<Vec<Queue>> {
        let (mut queues, mut range) = (Vec::new(), within.clone());
        while let Some(row) = self.store().range(OUTBOX.space(), &range, 1).await?.pop() {
            let Some(queue) = Queue::of(&row.key) else {
                range = range.after(row.key);
                continue;
            };
            range = range.after(queue.end());
            queues.push(queue);
        }
        Ok(queues)
    }

    /// What a memory could not tell others yet.
    pub async fn undelivered(&self, account: &AccountId, memory: &MemoryId) -> Result<Vec<Undelivered>> {
        let below = KeyRange::below([account.as_str(), memory.as_str()]);
        let mut undelivered = Vec::new();
        for queue in self.queues(&below).await? {
            let waiting = self.count_queue(&queue).await? as u64;
            let reason = self.0.outbox.troubles.lock().get(&queue).cloned();
            undelivered.push(Undelivered { to: queue.to, waiting, reason });
        }
        Ok(undelivered)
    }
}

impl Deliveries {
    /// When to look again without being told.
    fn next_due(&self) -> Timestamp {
        let idle = |queue: &Queue| !self.queues.values().any(|busy| busy == queue);
        let resting = self.resting.iter().filter(|(queue, _)| idle(queue)).map(|(_, (_, until))| *until);
        resting.chain([self.trimmed.plus(TRIM)]).min().unwrap_or_default()
    }
}
