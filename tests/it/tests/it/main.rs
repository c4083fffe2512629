//! A whole server over HTTP, one file a topic. Every part is the real one but the sandboxes.

#![expect(clippy::unwrap_used, reason = "tests")]

mod agents;
mod auth;
mod client;
mod coverage;
mod deploy;
mod extension;
mod invoke;
mod kill;
mod limits;
mod listen;
mod metrics;
mod operations;
mod pages;
mod presign;
mod refusals;
mod snapshot;
mod streaming;
mod tokens;
mod wire;
