//! What is remembered.

mod batches;
mod ending;
mod finding;
mod indexing;
mod junk;
mod listing;
mod metadata;
mod rebuilding;
mod schema;

use std::sync::Arc;

use ids::{AccountId, MemoryId, MemoryRecordId, Namespace};
use memory::memories::NewMemory;
use memory::model::{IndexedKey, KeyType, Record, RecordMetadata, RecordValue};
use memory::records::{NewRecord, Outcome, Place, RecordQuery, Retrieval, Retrieved};

pub(crate) use batches::update;

use crate::resources::new_memory;
use crate::world::{BEGINNING, Letters, Server, World};

/// A memory that learns nothing, whose records can be filtered by a text, by texts and by a number.
pub(crate) fn filterable() -> NewMemory {
    let key = |key: &str, kind| IndexedKey { key: key.to_owned(), kind };
    NewMemory {
        indexed_keys: vec![
            key("topic", KeyType::String),
            key("tags", KeyType::StringList),
            key("weight", KeyType::Number),
        ],
        ..new_memory("notes")
    }
}

/// A world with this embedder.
pub(crate) fn of(letters: &Arc<Letters>) -> World {
    let mut world = World::new();
    world.models = letters.clone();
    world
}

pub(crate) fn account() -> AccountId {
    AccountId::default()
}

pub(crate) fn namespace(text: &str) -> Namespace {
    Namespace::parse(text).unwrap()
}

/// A record to be written.
pub(crate) fn record(place: &str, text: &str) -> NewRecord {
    NewRecord {
        request: "one".to_owned(),
        namespace: (!place.is_empty()).then(|| namespace(place)),
        text: text.to_owned(),
        timestamp: BEGINNING,
        strategy: None,
        metadata: RecordMetadata::new(),
    }
}

pub(crate) fn with(mut record: NewRecord, key: &str, value: RecordValue) -> NewRecord {
    record.metadata.insert(key.to_owned(), value);
    record
}

pub(crate) fn text(text: &str) -> RecordValue {
    RecordValue::Text(text.to_owned())
}

pub(crate) fn at(place: &str) -> RecordQuery {
    RecordQuery { place: Place::At(namespace(place)), strategy: None, conditions: Vec::new() }
}

pub(crate) fn below(place: &str) -> RecordQuery {
    RecordQuery { place: Place::Below(namespace(place)), strategy: None, conditions: Vec::new() }
}

/// What a story does most.
pub(crate) trait Remembering {
    /// A memory for records.
    async fn filterable(&self) -> MemoryId;

    /// Writes records, all of which must be in order.
    async fn write(&self, memory: &MemoryId, records: Vec<NewRecord>) -> Vec<MemoryRecordId>;

    /// All that is asked for, in pages of this size.
    async fn all(&self, memory: &MemoryId, query: &RecordQuery, size: usize) -> Vec<Record>;

    /// The best records.
    async fn find(&self, memory: &MemoryId, question: &str, among: RecordQuery) -> Retrieved;
}

impl Remembering for Server<'_> {
    async fn filterable(&self) -> MemoryId {
        self.create_memory(filterable()).await.unwrap().id
    }

    async fn write(&self, memory: &MemoryId, records: Vec<NewRecord>) -> Vec<MemoryRecordId> {
        let outcomes = self.create_records(&account(), memory, records, None, None).await.unwrap();
        let written = |outcome: Outcome| {
            assert_eq!(outcome.failure, None);
            outcome.id
        };
        outcomes.into_iter().map(written).collect()
    }

    async fn all(&self, memory: &MemoryId, query: &RecordQuery, size: usize) -> Vec<Record> {
        let (mut records, mut after) = (Vec::new(), None);
        loop {
            let page = self.list_records(&account(), memory, query, after.as_deref(), size).await.unwrap();
            assert!(page.records.len() <= size);
            records.extend(page.records);
            after = page.next;
            if after.is_none() {
                return records;
            }
        }
    }

    async fn find(&self, memory: &MemoryId, question: &str, among: RecordQuery) -> Retrieved {
        self.settle(&account(), memory).await.unwrap();
        let retrieval = Retrieval { text: question.to_owned(), among, best: 100 };
        self.retrieve_records(&account(), memory, &retrieval, None, 100).await.unwrap()
    }
}

pub(crate) fn texts(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.text.as_str()).collect()
}

pub(crate) fn found(retrieved: &Retrieved) -> Vec<&str> {
    retrieved.records.iter().map(|(record, _)| record.text.as_str()).collect()
}
