//! What is tidied now and then: expired client tokens, contents that nobody claims, old records of usage.

use std::sync::Arc;
use std::time::Duration;

use memory::Memory;
use metering::Metering;
use models::Models;
use stdx::Clock;
use store::{Blobs, Store};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(3600);

/// Tidies at once and then every hour, until `stopping`.
pub(crate) async fn run(
    store: Arc<dyn Store>,
    blobs: Arc<dyn Blobs>,
    metering: Metering,
    models: Models,
    memory: Memory,
    clock: Arc<dyn Clock>,
    stopping: CancellationToken,
) {
    loop {
        match store::idempotency::sweep(&*store, clock.now()).await {
            Ok(swept) => tracing::debug!(swept, "expired client tokens removed"),
            Err(error) => tracing::warn!(%error, "expired client tokens were not removed"),
        }
        match blobs.collect_garbage().await {
            Ok(removed) => tracing::debug!(removed, "unclaimed contents removed"),
            Err(error) => tracing::warn!(%error, "unclaimed contents were not removed"),
        }
        match metering.sweep().await {
            Ok(removed) => tracing::debug!(removed, "old usage records removed"),
            Err(error) => tracing::warn!(%error, "old usage records were not removed"),
        }
        match models.sweep().await {
            Ok(removed) => tracing::debug!(removed, "old records of models' usage removed"),
            Err(error) => tracing::warn!(%error, "old records of models' usage were not removed"),
        }
        match memory.sweep_usage().await {
            Ok(removed) => tracing::debug!(removed, "old records of memories' usage removed"),
            Err(error) => tracing::warn!(%error, "old records of memories' usage were not removed"),
        }
        tokio::select! {
            () = clock.sleep_until(clock.now().plus(EVERY)) => {}
            () = stopping.cancelled() => return,
        }
    }
}
