//! The engine in memory keeps the contract.

use std::sync::Arc;

use search::MemoryIndex;
use search::contract::{self, Subject};
use stdx::BoxFuture;

fn open() -> BoxFuture<'static, Subject> {
    let subject = Subject { index: Arc::new(MemoryIndex::new()), guard: Box::new(()) };
    Box::pin(std::future::ready(subject))
}

#[tokio::test]
async fn everything() {
    contract::all(&open).await;
}
