//! What memories are used for, by the hour: events written, searches, and how many records there are.
//!
//! ```text
//!  an event, a search ──▶ Meter      totals of this process by memory and hour, in memory
//!                           │
//!                           │ every few seconds, and at the end
//!                           ▼
//!                         records    under a key that no other process has ──▶ bill
//! ```
//!
//! A record holds totals, never increments: writing it again changes nothing, so a crash can lose the last seconds and
//! cannot count anything twice.

mod bill;
mod meter;
mod prices;

pub use bill::{Bill, Line, Totals};
pub use prices::{Prices, Rate};

pub(crate) use meter::Meter;

use ids::{AccountId, MemoryId};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::{Key, Space, Table};

/// Usage by account, hour, memory and process.
const USAGE: Table<Used> = Table::new(Space::new("memory-usage"));
const HOUR: i64 = 3_600_000;

/// What one process saw of a memory's use in one hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Used {
    /// Events written.
    events: u64,
    /// Searches for records.
    retrievals: u64,
    /// The most records that were counted at once.
    records: u64,
}

/// The hour that a moment lies in.
fn hour_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(HOUR)
}

fn usage_key(account: &AccountId, hour: i64, memory: &MemoryId, run: &str) -> Key {
    Key::of([account.as_str(), &hour_segment(hour), memory.as_str(), run])
}

fn hour_segment(hour: i64) -> String {
    format!("{:012}", hour.max(0))
}
