//! The Runtime service on a simulated machine and rows in memory. Time stands still unless a test moves it.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like the test itself")]

mod agents;
mod builds;
mod checkpoints;
mod endpoints;
mod faults;
mod invoke;
mod model;
mod races;
mod recovery;
mod restored;
mod sessions;
mod storage;
mod stories;
mod suspending;
mod world;
