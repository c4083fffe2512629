//! The index follows the rows. Whoever writes a row that is to be found adds a mark to its batch; one task brings what
//! is marked into the index and takes the marks away. A crash in between leaves the marks, and doing it twice changes
//! nothing.

mod document;
mod search;
mod settle;
mod similar;

use ::search::CollectionName;
use ids::{AccountId, MemoryId, MemoryRecordId};
use store::{Expect, Write};

use crate::model::Definition;
use crate::rows::{UNINDEXED, record_key};

/// What of a memory is found together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shelf {
    /// What is remembered.
    Records,
    /// What was said.
    Events,
}

impl Shelf {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Events => "events",
        }
    }
}

impl Definition {
    /// Marks a record, so that the index learns what its row is now, or that there is none.
    pub(crate) fn unindexed(&self, record: &MemoryRecordId) -> Write {
        UNINDEXED.put(record_key(self, record), &(), Expect::Any)
    }
}

/// What the engine calls a shelf of a memory.
pub(crate) fn collection(account: &AccountId, memory: &MemoryId, shelf: Shelf) -> CollectionName {
    let name = format!("{account}-{memory}-{}", shelf.name());
    CollectionName::parse(&name)
        .expect("an account, a memory's id and a shelf's name are letters, digits, - and _")
}
