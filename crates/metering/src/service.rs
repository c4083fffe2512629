//! The handle that everything goes through, and what it is made from.

use std::sync::Arc;
use std::time::Duration;

use fault::Result;
use ids::{AccountId, AgentRuntimeId, EndpointName};
use stdx::Clock;
use store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::life::{Life, Meter};
use crate::lives::{Guard, Lives, Used};
use crate::price::Prices;
use crate::{recover, sampler};

/// The service's settings.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often meters are read. The rules speak of seconds; another value is for tests.
    pub sample_every: Duration,
    /// How often what was read is written down: the most that a crash can lose, and one reading more.
    pub flush_every: Duration,
    /// How long records are kept.
    pub keep: Duration,
    /// What usage costs.
    pub prices: Prices,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sample_every: Duration::from_secs(1),
            flush_every: Duration::from_secs(5),
            keep: Duration::from_hours(400 * 24),
            prices: Prices::default(),
        }
    }
}

/// What the service is made from.
pub struct Parts {
    /// Records.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Settings.
    pub options: Options,
}

/// A handle on the service; cloning it is cheap.
#[derive(Clone)]
pub struct Metering(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    pub(crate) lives: Arc<Lives>,
    pub(crate) stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Metering {
    /// Closes what an earlier process left open, then starts to read meters.
    pub async fn start(parts: Parts) -> Result<Self> {
        let Parts { store, clock, options } = parts;
        let closed = recover::close_open(&*store).await?;
        if closed > 0 {
            tracing::info!(closed, "usage records of an earlier process were closed");
        }
        let inner = Arc::new(Inner {
            lives: Arc::new(Lives::new(Arc::clone(&clock))),
            store,
            clock,
            options,
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        inner.tasks.spawn(sampler::run(Arc::clone(&inner)));
        Ok(Self(inner))
    }

    /// Meters a sandbox until the guard ends.
    pub fn begin(&self, life: Life, meter: Meter) -> Guard {
        self.0.lives.begin(life, meter)
    }

    /// What each endpoint's sandboxes have used since this process started.
    pub fn used(&self) -> Vec<((AccountId, AgentRuntimeId, EndpointName), Used)> {
        self.0.lives.used()
    }

    /// Reads all meters once more and writes everything down. Lives should have ended before.
    pub async fn shut_down(&self) {
        self.0.stopping.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}
