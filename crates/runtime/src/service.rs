//! The handle that everything goes through, and what it is made from.

use std::sync::Arc;
use std::time::Duration;

use fault::Result;
use ids::{AccountId, AgentRuntimeId, RuntimeArn};
use sandbox::Engine;
use stdx::{Clock, Rng, Timestamp};
use store::idempotency::Once;
use store::{Blobs, Store};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::code_source::CodeSource;
use crate::metering::Metering;
use crate::options::Options;
use crate::rate::Rates;
use crate::sessions::Sessions;
use crate::storage::Turns;
use crate::versions::Templates;

/// How long an orderly end may take to suspend the sessions that are quiet.
const LAST_SUSPENSIONS: Duration = Duration::from_secs(20);

/// What the service is made from.
pub struct Parts {
    /// Records.
    pub store: Arc<dyn Store>,
    /// Contents.
    pub blobs: Arc<dyn Blobs>,
    /// Sandboxes.
    pub engine: Arc<dyn Engine>,
    /// Code.
    pub code: Arc<dyn CodeSource>,
    /// Bills.
    pub metering: Arc<dyn Metering>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Settings.
    pub options: Options,
}

/// A handle on the service; cloning it is cheap.
#[derive(Clone)]
pub struct Runtime(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) code: Arc<dyn CodeSource>,
    pub(crate) metering: Arc<dyn Metering>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) options: Options,
    pub(crate) sessions: Sessions,
    pub(crate) templates: Templates,
    pub(crate) rates: Rates,
    pub(crate) storages: Turns,
    /// Tells the background task to look again.
    pub(crate) work: Notify,
    /// Every task of the service, joined by `shut_down`.
    pub(crate) tasks: TaskTracker,
    pub(crate) stopping: CancellationToken,
}

impl Runtime {
    /// Takes up where an earlier process left off, then starts the background work.
    pub async fn start(parts: Parts) -> Result<Self> {
        let Parts { store, blobs, engine, code, metering, clock, rng, options } = parts;
        let runtime = Self(Arc::new(Inner {
            sessions: Sessions::new(options.max_sessions),
            rates: Rates::new(
                options.requests_per_second,
                options.new_sessions_per_second,
                options.new_sessions_per_minute,
            ),
            templates: Templates::new(options.concurrent_builds),
            storages: Turns::default(),
            store,
            blobs,
            engine,
            code,
            metering,
            clock,
            rng,
            options,
            work: Notify::new(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        }));
        runtime.recover().await?;
        let worker = runtime.clone();
        runtime.0.tasks.spawn(async move { worker.work().await });
        let sweeper = runtime.clone();
        runtime.0.tasks.spawn(async move { sweeper.sweep().await });
        Ok(runtime)
    }

    /// Suspends the sessions that are quiet, ends those that are not and the background work, and waits until nothing
    /// is left running. Suspended sessions, and work that was under way, are taken up at the next start.
    pub async fn shut_down(&self) {
        self.0.stopping.cancel();
        if self.0.options.suspend_after.is_some() {
            let enough = self.0.clock.sleep_until(self.now().plus(LAST_SUSPENSIONS));
            tokio::select! {
                () = self.0.sessions.suspend_all() => {}
                () = enough => {}
            }
        }
        self.0.sessions.stop_all("the server was shut down").await;
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.engine.shut_down().await;
    }

    /// How many sessions live at this moment.
    pub fn live_sessions(&self) -> usize {
        self.0.sessions.count()
    }

    /// How many sessions are suspended at this moment.
    pub fn suspended_sessions(&self) -> usize {
        self.0.sessions.deadlines.count()
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// How calls that carry a client token happen once.
    pub(crate) fn once(&self) -> Once<'_> {
        Once { store: self.store(), now: self.now() }
    }

    /// The ARN of one of this service's runtimes.
    pub fn arn(&self, account: &AccountId, runtime: &AgentRuntimeId) -> RuntimeArn {
        RuntimeArn {
            region: self.0.options.region.clone(),
            account: account.clone(),
            runtime: runtime.clone(),
            endpoint: None,
        }
    }
}

/// Runs `attempt` again while somebody else changes the same rows, a few times at most.
pub(crate) async fn retry_on_conflict<T, F>(attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    store::retry_on_conflict(
        "The agent runtime is being changed by other requests. Retry a moment later.",
        attempt,
    )
    .await
}
