//! The index follows the rows. Whoever writes a row that is to be found adds a mark to its batch; one task brings what
//! is marked into the index and takes the marks away. A crash in between leaves the marks, and doing it twice changes
//! nothing.

mod check;
mod document;
mod embedder;
mod rebuild;
mod search;
mod settle;
mod similar;
mod worker;
mod write;

pub(crate) use embedder::Health;
pub use rebuild::Reindexing;
pub(crate) use rebuild::{GENERATIONS, REBUILDS};
pub(crate) use search::Question;
pub(crate) use worker::Look;

use ::search::CollectionName;
use fault::{Fault, Result};
use ids::{AccountId, MemoryId, MemoryRecordId};
use store::{Expect, Key, Write};

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

/// What the engine calls a shelf of a memory, in this generation of it.
pub(crate) fn collection(
    account: &AccountId,
    memory: &MemoryId,
    shelf: Shelf,
    generation: u32,
) -> CollectionName {
    let mut name = format!("{account}-{memory}-{}", shelf.name());
    if generation > 0 {
        name.push_str(&format!("-{generation}"));
    }
    CollectionName::parse(&name)
        .expect("an account, a memory's id and a shelf's name are letters, digits, - and _")
}

/// The memory that a row lies below.
pub(crate) fn memory_of(key: &Key) -> Result<(AccountId, MemoryId)> {
    let mut segments = key.segments();
    let (account, memory) = (segments.next().unwrap_or(""), segments.next().unwrap_or(""));
    match (AccountId::parse(account), MemoryId::parse(memory)) {
        (Ok(account), Ok(memory)) => Ok((account, memory)),
        _ => Err(Fault::internal(format!("a row of a memory has no valid key: {key}"))),
    }
}
