//! The handle that everything goes through, and what it is made from.

use std::sync::Arc;

use fault::{Fault, Result};
use ids::{AccountId, MemoryArn, MemoryId};
use inference::Inference;
use search::SearchIndex;
use stdx::{Clock, Rng, Timestamp};
use store::idempotency::Once;
use store::{Blobs, Store};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::events;
use crate::extraction;
use crate::index::Health;
use crate::memories::Definitions;
use crate::options::Options;
use crate::outbox::Outbox;
use crate::outside::Outside;
use crate::rates::Calls;
use crate::recent::Recent;
use crate::records::Tally;
use crate::self_managed::ToOwners;
use crate::usage::Meter;

/// What the service is made from.
pub struct Parts {
    /// Records.
    pub store: Arc<dyn Store>,
    /// Contents.
    pub blobs: Arc<dyn Blobs>,
    /// Where records are found.
    pub index: Arc<dyn SearchIndex>,
    /// Models and embedders.
    pub models: Arc<dyn Inference>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// What it reaches outside of itself.
    pub outside: Outside,
    /// Settings.
    pub options: Options,
}

/// A handle on the service; cloning it is cheap.
#[derive(Clone)]
pub struct Memory(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) index: Arc<dyn SearchIndex>,
    pub(crate) models: Arc<dyn Inference>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) outside: Outside,
    pub(crate) options: Options,
    /// What is known of notices beside their rows.
    pub(crate) outbox: Outbox,
    /// Memories at hand.
    pub(crate) definitions: Definitions,
    /// What is known of events beside their rows.
    pub(crate) events: events::State,
    /// What was called lately.
    pub(crate) calls: Calls,
    /// What happened of late.
    pub(crate) recent: Recent,
    /// What memories are used for.
    pub(crate) usage: Meter,
    /// Whether the embedder is worth asking.
    pub(crate) embedder: Health,
    /// How often records were found, as far as it is not written yet.
    pub(crate) uses: Tally,
    /// Tells the task that keeps the index to look again.
    pub(crate) unindexed: Notify,
    /// Tells whoever waits that the index has learned something.
    pub(crate) indexed: Notify,
    /// Tells the task that removes memories to look again.
    pub(crate) deletions: Notify,
    /// What is known of learning beside its rows.
    pub(crate) extraction: extraction::State,
    /// Tells the task that learns from events to look again.
    pub(crate) unextracted: Notify,
    /// Every task of the service, joined by `shut_down`.
    pub(crate) tasks: TaskTracker,
    pub(crate) stopping: CancellationToken,
}

impl Memory {
    /// Takes up where an earlier process left off, and starts the background work.
    pub async fn start(parts: Parts) -> Result<Self> {
        let Parts { store, blobs, index, models, clock, rng, outside, options } = parts;
        let memory = Self(Arc::new(Inner {
            events: events::State::recover(&*store).await?,
            outbox: Outbox::recover(&*store).await?,
            recent: Recent::new(clock.now()),
            usage: Meter::new(&*rng),
            store,
            blobs,
            index,
            models,
            clock,
            rng,
            outside,
            options,
            definitions: Definitions::default(),
            calls: Calls::default(),
            embedder: Health::default(),
            uses: Tally::default(),
            unindexed: Notify::new(),
            indexed: Notify::new(),
            deletions: Notify::new(),
            extraction: extraction::State::new(Arc::new(ToOwners)),
            unextracted: Notify::new(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        }));
        let follower = memory.clone();
        memory.0.tasks.spawn(async move { follower.follow_rows().await });
        let remover = memory.clone();
        memory.0.tasks.spawn(async move { remover.remove_memories().await });
        let record_sweeper = memory.clone();
        memory.0.tasks.spawn(async move { record_sweeper.sweep_records().await });
        let indexer = memory.clone();
        memory.0.tasks.spawn(async move { indexer.index_events().await });
        let learner = memory.clone();
        memory.0.tasks.spawn(async move { learner.keep_learning().await });
        let courier = memory.clone();
        memory.0.tasks.spawn(async move { courier.deliver_notices().await });
        let meter = memory.clone();
        memory.0.tasks.spawn(async move { meter.keep_usage().await });
        let sweeper = memory.clone();
        memory.0.tasks.spawn(async move { sweeper.sweep_events().await });
        Ok(memory)
    }

    /// Ends the background work, which is taken up at the next start, and closes the index.
    pub async fn shut_down(&self) {
        self.0.stopping.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.index.close().await;
    }

    /// The ARN of one of this service's memories.
    pub fn arn(&self, account: &AccountId, memory: &MemoryId) -> MemoryArn {
        MemoryArn { region: self.0.options.region.clone(), account: account.clone(), memory: memory.clone() }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Counts what was made in a memory.
    pub(crate) fn created(&self, account: &AccountId, memory: &MemoryId, by: &'static str, count: usize) {
        if count > 0 {
            self.0.outside.observer.created(&self.arn(account, memory), by, count as u64);
        }
    }

    /// How calls that carry a client token happen once.
    pub(crate) fn once(&self) -> Once<'_> {
        Once { store: self.store(), now: self.now() }
    }
}

/// Runs `attempt` again while somebody else changes the same rows, a few times at most.
pub(crate) async fn retry_on_conflict<T, F>(attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    store::retry_on_conflict("The memory is being changed by other requests. Retry a moment later.", attempt)
        .await
}

/// Tells the log that background work failed.
pub(crate) fn report(error: &Fault, what: &str) {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    tracing::error!(%error, cause, "{what}");
}
