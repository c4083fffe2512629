//! The Memory service on rows in memory. Time stands still unless a test moves it.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like the test itself")]

mod events;
mod knowledge;
mod learning;
mod rates;
mod records;
mod resources;
mod self_managed;
mod stream;
mod world;
