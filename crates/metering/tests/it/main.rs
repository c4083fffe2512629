//! The service on a store that outlives it, with a clock of the test's own.

#![expect(clippy::unwrap_used, reason = "a test fails where it is not as expected")]

mod bills;
mod crashes;
mod lives;
mod world;
