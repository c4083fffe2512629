//! What is written down: the totals of one life in one hour.

use ids::{AccountId, AgentRuntimeId, EndpointName};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::{Entry, Expect, Key, KeyRange, Space, StoreError, Table, Write};

use crate::ledger::{Share, beginning, hour_of};
use crate::life::Life;

/// By account, hour and then life: a bill reads a run of hours, and what is too old lies together.
pub(crate) const RECORDS: Table<Row> = Table::new(Space::new("usage-records"));
/// The lives that have not ended, with the number of the hour that they are in: what a restart has to close.
pub(crate) const OPEN: Table<i64> = Table::new(Space::new("usage-open"));

/// A record as it is stored; the key says the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) started_at: Timestamp,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) seconds: u64,
    pub(crate) cpu_ms: u64,
    pub(crate) memory_kib_seconds: u64,
    pub(crate) peak_kib: u64,
    pub(crate) user: Option<String>,
    pub(crate) open: bool,
}

/// What one sandbox used in one hour. Totals, never increments: a record that is written again replaces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRecord {
    /// Who pays.
    pub account: AccountId,
    /// For which agent.
    pub runtime: AgentRuntimeId,
    /// Behind which of its endpoints.
    pub endpoint: EndpointName,
    /// In which session.
    pub session: String,
    /// On whose behalf.
    pub user: Option<String>,
    /// In which sandbox.
    pub sandbox: String,
    /// The beginning of the hour.
    pub hour: Timestamp,
    /// When the sandbox was started; maybe in an earlier hour.
    pub started_at: Timestamp,
    /// From when, in this hour,
    pub from: Timestamp,
    /// until when.
    pub until: Timestamp,
    /// Seconds charged for.
    pub seconds: u64,
    /// Processor time in milliseconds.
    pub cpu_ms: u64,
    /// Memory over time in KiB times seconds.
    pub memory_kib_seconds: u64,
    /// The most memory up to `until`, in KiB; at least what is charged at the least.
    pub peak_kib: u64,
    /// Whether more may come.
    pub open: bool,
}

/// The key of a life among those that have not ended.
pub(crate) fn life_key(life: &Life) -> Key {
    Key::of([
        life.account.as_str(),
        life.runtime.as_str(),
        life.endpoint.as_str(),
        &life.session,
        &life.sandbox,
    ])
}

/// The key of a life's record of this hour; `None` if `life` is no key of a life.
pub(crate) fn record_key(life: &Key, hour: i64) -> Option<Key> {
    let mut segments: Vec<&str> = life.segments().collect();
    let hour = hour_segment(hour);
    if segments.len() != 5 {
        return None;
    }
    segments.insert(1, &hour);
    Some(Key::of(segments))
}

/// The write that stores a life's share of an hour.
pub(crate) fn put(life: &Life, share: &Share, peak: u64, open: bool) -> Write {
    let row = Row {
        started_at: life.started_at,
        from: share.from,
        until: share.until,
        seconds: share.seconds,
        cpu_ms: share.cpu,
        memory_kib_seconds: share.memory,
        peak_kib: peak,
        user: life.user.clone(),
        open,
    };
    let key = record_key(&life_key(life), share.hour).expect("a life's key has five segments");
    RECORDS.put(key, &row, Expect::Any)
}

/// The records of an account's hours from `from`'s to the one before `until`'s, or of all of them.
pub(crate) fn hours(account: &str, from: Option<Timestamp>, until: Option<Timestamp>) -> KeyRange {
    use std::ops::Bound;
    let mut range = KeyRange::below([account]);
    if let Some(from) = from {
        range.from = Bound::Included(Key::of([account, &hour_segment(hour_of(from))]));
    }
    if let Some(until) = until {
        range.to = Bound::Excluded(Key::of([account, &hour_segment(hour_of(until))]));
    }
    range
}

/// Text that sorts as the hours do.
fn hour_segment(hour: i64) -> String {
    format!("{:010}", hour.max(0))
}

impl UsageRecord {
    pub(crate) fn read(entry: Entry<Row>) -> Result<Self, StoreError> {
        let damaged = |what: &str| StoreError::Damaged(format!("the usage record {}: {what}", entry.key));
        let segments: Vec<&str> = entry.key.segments().collect();
        let [account, hour, runtime, endpoint, session, sandbox] = segments.as_slice() else {
            return Err(damaged("not six segments"));
        };
        let hour: i64 = hour.parse().map_err(|_| damaged("no hour"))?;
        let row = entry.value;
        Ok(Self {
            account: AccountId::parse(account).map_err(|error| damaged(&error.to_string()))?,
            runtime: AgentRuntimeId::parse(runtime).map_err(|error| damaged(&error.to_string()))?,
            endpoint: EndpointName::parse(endpoint).map_err(|error| damaged(&error.to_string()))?,
            session: (*session).to_owned(),
            sandbox: (*sandbox).to_owned(),
            hour: beginning(hour),
            user: row.user,
            started_at: row.started_at,
            from: row.from,
            until: row.until,
            seconds: row.seconds,
            cpu_ms: row.cpu_ms,
            memory_kib_seconds: row.memory_kib_seconds,
            peak_kib: row.peak_kib,
            open: row.open,
        })
    }
}
