//! The door as clients meet it: over HTTP, on a real store, with an unmodified boto3.

#![expect(clippy::unwrap_used, reason = "tests")]

mod anonymous;
mod boto3;
mod large;
mod races;
mod server;
