//! What is stored of notices, and where.

use ids::{AccountId, MemoryId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stdx::Timestamp;
use store::{Key, KeyRange, Space, Table};

use crate::model::Definition;

/// Notices by account, memory, ARN and number.
pub(super) const OUTBOX: Table<Outgoing> = Table::new(Space::new("memory-outbox"));

/// A notice on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Outgoing {
    /// What it has to come in order with.
    pub(super) lane: String,
    pub(super) at: Timestamp,
    pub(super) body: Value,
}

/// What one memory tells one ARN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Queue {
    pub(super) account: AccountId,
    pub(super) memory: MemoryId,
    pub(super) to: String,
}

impl Queue {
    pub(super) fn of(key: &Key) -> Option<Self> {
        let mut segments = key.segments();
        Some(Self {
            account: AccountId::parse(segments.next()?).ok()?,
            memory: MemoryId::parse(segments.next()?).ok()?,
            to: segments.next()?.to_owned(),
        })
    }

    fn segments(&self) -> [&str; 3] {
        [self.account.as_str(), self.memory.as_str(), &self.to]
    }

    pub(super) fn range(&self) -> KeyRange {
        KeyRange::below(self.segments())
    }

    /// After everything in it.
    pub(super) fn end(&self) -> Key {
        crate::events::past(&self.segments())
    }
}

pub(super) fn outgoing_key(memory: &Definition, to: &str, number: u64) -> Key {
    Key::of([memory.account.as_str(), memory.id.as_str(), to, &format!("{number:020}")])
}

pub(super) fn number_of(key: &Key) -> u64 {
    key.last().parse().unwrap_or(0)
}
