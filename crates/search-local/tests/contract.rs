//! The engine on disk keeps the contract.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use search::contract::{self, Subject};
use search_local::{LocalSearch, Options};
use stdx::BoxFuture;

fn open() -> BoxFuture<'static, Subject> {
    let directory = tempfile::tempdir().unwrap();
    let index = LocalSearch::open(Options::new(directory.path().join("search"))).unwrap();
    let subject = Subject { index: Arc::new(index), guard: Box::new(directory) };
    Box::pin(std::future::ready(subject))
}

#[tokio::test]
async fn everything() {
    contract::all(&open).await;
}
