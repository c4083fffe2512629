//! When records end.

use std::time::Duration;

use fault::{Fault, Result};
use stdx::Timestamp;

use crate::memories::RecordExpiry;

/// The fewest days that a record may be kept.
const FEWEST: u32 = 31;

/// A record's end, and how many days that is after its writing.
pub(super) type Expiry = Option<(Timestamp, u32)>;

/// Refuses what is no possible end.
pub(super) fn check(expiry: Option<RecordExpiry>) -> Result<()> {
    match expiry {
        Some(RecordExpiry::Days(days)) if days < FEWEST => Err(Fault::field(
            "recordExpirySpecification.recordExpiryDurationDays",
            format!("must be at least {FEWEST}"),
        )),
        _ => Ok(()),
    }
}

/// The end of a record that is written now. A strategy's own rule is for what it learns, not for what is written.
pub(super) fn of_new(expiry: Option<RecordExpiry>, now: Timestamp) -> Expiry {
    match expiry {
        Some(RecordExpiry::Days(days)) => Some(after(now, days)),
        Some(RecordExpiry::Remove) | None => None,
    }
}

/// The end of a record that is written again now: as many days from now as before, unless it is said.
pub(super) fn of_updated(before: Expiry, expiry: Option<RecordExpiry>, now: Timestamp) -> Expiry {
    match expiry {
        Some(expiry) => of_new(Some(expiry), now),
        None => before.map(|(_, days)| after(now, days)),
    }
}

fn after(now: Timestamp, days: u32) -> (Timestamp, u32) {
    (now.plus(Duration::from_hours(24) * days), days)
}
