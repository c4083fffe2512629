//! What sandboxes use, second by second, and what that costs.
//!
//! ```text
//!  a sandbox starts ──▶ begin ──▶ Guard        the guard's end is the life's end
//!                         │
//!            every second ▼                     every few seconds, and at an end
//!   meter ──▶ reading ──▶ ledger ──▶ totals of life and hour ──▶ records in the store ──▶ bill
//! ```
//! The rules are AgentCore's. Processor time is what was used: who waits for a model or a socket uses none, and
//! nothing has to be done to see to that. Memory is, for every second begun, the most that was in use up to that second,
//! and at least 128 MiB. A life lasts at least one second, from the sandbox's start to its end; a suspended session has
//! no sandbox, hence no life, hence no cost.
//!
//! A record holds the totals of one life in one hour, never an increment: writing it again changes nothing, so a crash
//! can lose the last seconds and cannot count any of them twice.
//!
//! What is absent here on purpose: sandboxes (a life brings a function that reads its meter), sessions' states, HTTP.

pub mod bill;
mod keep;
mod ledger;
mod life;
mod lives;
pub mod price;
mod record;
mod recover;
mod sampler;
mod service;

pub use bill::{Bill, By, Line, Query};
pub use life::{Life, Meter, Reading};
pub use lives::{Guard, Used};
pub use price::{Price, Prices};
pub use record::UsageRecord;
pub use service::{Metering, Options, Parts};
