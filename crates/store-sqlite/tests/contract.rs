//! SQLite and the blob directory keep the contract.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use stdx::{BoxFuture, ManualClock, SystemRng, Timestamp};
use store::contract::{self, Subject};
use store_sqlite::{DirectoryBlobs, SqliteStore};

fn open() -> BoxFuture<'static, Subject> {
    let directory = tempfile::tempdir().unwrap();
    let grace = Duration::from_mins(1);
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_000)));
    let store = Arc::new(SqliteStore::open(directory.path()).unwrap());
    let rng = Arc::new(SystemRng);
    let blobs = DirectoryBlobs::open(directory.path(), store.clone(), clock.clone(), rng, grace).unwrap();
    let subject = Subject { store, blobs: Arc::new(blobs), clock, grace, guard: Box::new(directory) };
    Box::pin(std::future::ready(subject))
}

#[tokio::test]
async fn rows() {
    contract::rows(&open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_on_several_threads() {
    contract::rows(&open).await;
}

#[tokio::test]
async fn blobs() {
    contract::blobs(&open).await;
}
