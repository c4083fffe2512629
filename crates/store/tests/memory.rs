//! The in-memory engine keeps the contract.

use std::sync::Arc;
use std::time::Duration;

use stdx::{BoxFuture, ManualClock, Timestamp};
use store::contract::{self, Subject};
use store::memory::{MemoryBlobs, MemoryStore};

fn open() -> BoxFuture<'static, Subject> {
    let grace = Duration::from_mins(1);
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_000)));
    let store = Arc::new(MemoryStore::new());
    let blobs = Arc::new(MemoryBlobs::new(store.clone(), clock.clone(), grace));
    Box::pin(std::future::ready(Subject { store, blobs, clock, grace, guard: Box::new(()) }))
}

#[tokio::test]
async fn rows() {
    contract::rows(&open).await;
}

#[tokio::test]
async fn blobs() {
    contract::blobs(&open).await;
}
