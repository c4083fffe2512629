//! What is stored, and where: memories, records, and what the index has yet to learn. Events have their own.
//!
//! Keys begin with account and memory, so that everything of a memory lies below it and goes with it; only what is
//! looked through by time begins with a time, and forgets by itself what is no more.

use std::collections::BTreeMap;

use ids::{AccountId, MemoryId, MemoryName, MemoryRecordId};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::{Expect, Key, Space, Table, Write};

use crate::model::{Definition, Record};

/// Memories by account and id.
pub(crate) const MEMORIES: Table<Definition> = Table::new(Space::new("memories"));
/// The id of the memory that has a name: by account and name.
pub(crate) const MEMORY_NAMES: Table<MemoryId> = Table::new(Space::new("memory-names"));
/// Memories whose removal has begun, by account and id.
pub(crate) const MEMORY_DELETIONS: Table<Removal> = Table::new(Space::new("memory-deletions"));
/// Tags of memories, by account and id.
pub(crate) const MEMORY_TAGS: Table<BTreeMap<String, String>> = Table::new(Space::new("memory-tags"));

/// Records by account, memory and id.
pub(crate) const RECORDS: Table<Record> = Table::new(Space::new("memory-records"));
/// The same records by where they are, newest first: by account, memory, namespace, inverted time of creation, id.
pub(crate) const PLACES: Table<()> = Table::new(Space::new("memory-record-places"));
/// The same records by when they end: by time, account, memory and id.
pub(crate) const RECORD_EXPIRIES: Table<()> = Table::new(Space::new("memory-record-expiries"));
/// How often records were found, by account, memory and id.
pub(crate) const RECORD_USES: Table<Uses> = Table::new(Space::new("memory-record-uses"));

/// Records that the index has yet to learn, by account, memory and id.
pub(crate) const UNINDEXED: Table<()> = Table::new(Space::new("memory-unindexed"));
/// Records that are found by their words alone because the embedder did not answer, by account, memory and id.
pub(crate) const UNEMBEDDED: Table<()> = Table::new(Space::new("memory-unembedded"));

/// How far the removal of a memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Removal {
    /// Its rows are being removed.
    Begun,
    /// They are gone; what is left are its collections in the index.
    RowsGone,
}

/// How often a record was found, and when last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Uses {
    pub(crate) count: u64,
    pub(crate) last: Timestamp,
}

impl Definition {
    pub(crate) fn key(&self) -> Key {
        memory_key(&self.account, &self.id)
    }

    /// What makes a batch fail once this memory is gone. Every batch that writes rows of a memory has it.
    pub(crate) fn standing(&self) -> Write {
        MEMORIES.check(self.key(), Expect::Present)
    }
}

pub(crate) fn memory_key(account: &AccountId, id: &MemoryId) -> Key {
    Key::of([account.as_str(), id.as_str()])
}

pub(crate) fn name_key(account: &AccountId, name: &MemoryName) -> Key {
    Key::of([account.as_str(), name.as_str()])
}

pub(crate) fn record_key(memory: &Definition, id: &MemoryRecordId) -> Key {
    Key::of([memory.account.as_str(), memory.id.as_str(), id.as_str()])
}

pub(crate) fn place_key(memory: &Definition, record: &Record) -> Key {
    let namespace = record.namespace.as_ref().map_or("", |namespace| namespace.as_str());
    let newest_first = newest_first(record.created_at);
    Key::of([memory.account.as_str(), memory.id.as_str(), namespace, &newest_first, record.id.as_str()])
}

pub(crate) fn expiry_key(memory: &Definition, id: &MemoryRecordId, at: Timestamp) -> Key {
    Key::of([&instant(at), memory.account.as_str(), memory.id.as_str(), id.as_str()])
}

/// Text that sorts as the time does.
pub(crate) fn instant(at: Timestamp) -> String {
    format!("{:020}", at.as_millis().max(0))
}

/// Text that sorts as the time does not.
pub(crate) fn newest_first(at: Timestamp) -> String {
    format!("{:020}", i64::MAX - at.as_millis().max(0))
}
