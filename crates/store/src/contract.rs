//! What every engine must do. An engine's tests call [`rows`] and [`blobs`] with a way to make a fresh one.

#![expect(clippy::unwrap_used, reason = "a suite of tests, shipped behind a feature")]

mod atomicity;
mod content;
mod garbage;
mod model;
mod order;
mod races;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stdx::{BoxFuture, ManualClock};

use crate::{Blobs, Key, Revision, Row, Space, Store};

/// A fresh, empty engine.
pub struct Subject {
    /// Its rows.
    pub store: Arc<dyn Store>,
    /// Its blobs, which look for claims in `store`,
    pub blobs: Arc<dyn Blobs>,
    /// tell the time from this clock,
    pub clock: Arc<ManualClock>,
    /// and keep what nobody claims this long.
    pub grace: Duration,
    /// Whatever must live as long as the engine, such as its directory.
    pub guard: Box<dyn Any + Send + Sync>,
}

/// Makes a fresh engine.
pub type Open<'a> = &'a (dyn Fn() -> BoxFuture<'static, Subject> + Sync);

/// Everything that is asked of rows.
pub async fn rows(open: Open<'_>) {
    atomicity::all(open).await;
    order::all(open).await;
    races::all(open).await;
    model::all(open).await;
}

/// Everything that is asked of blobs.
pub async fn blobs(open: Open<'_>) {
    content::all(open).await;
    garbage::all(open).await;
}

const SPACE: Space = Space::new("contract");
const OTHER: Space = Space::new("contract-other");

fn key(text: &str) -> Key {
    Key::of([text])
}

fn row(key: &Key, value: &'static str, revision: Revision) -> Row {
    Row { key: key.clone(), value: Bytes::from_static(value.as_bytes()), revision }
}
