//! The service with providers of the test's own, on a store and a clock that outlive it.

#![expect(clippy::unwrap_used, reason = "a test fails where it is not as expected")]

mod accounting;
mod budgets;
mod cancellation;
mod crashes;
mod fallbacks;
mod pauses;
mod player;
mod reload;
mod world;
