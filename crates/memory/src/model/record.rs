//! What is remembered.

use std::collections::BTreeMap;

use ids::{EventId, MemoryRecordId, Namespace, StrategyId};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;

/// A memory record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: MemoryRecordId,
    /// What it says.
    pub text: String,
    /// Which strategy it is of, if any.
    pub strategy: Option<StrategyId>,
    /// Where it belongs.
    pub namespace: Option<Namespace>,
    /// What it can be filtered by, without what the service itself tells of it.
    pub metadata: RecordMetadata,
    /// When what it says was so, as its writer or the events say.
    pub timestamp: Timestamp,
    /// When it was written first.
    pub created_at: Timestamp,
    /// When it was written last.
    pub updated_at: Timestamp,
    /// When it ends, and how many days that was after it was written last.
    pub expiry: Option<(Timestamp, u32)>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A record's metadata by key.
pub type RecordMetadata = BTreeMap<String, RecordValue>;

/// A value of metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordValue {
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// A number.
    Number(f64),
    /// An instant; only the service itself writes these.
    Instant(Timestamp),
}

/// Where a record comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    /// Somebody wrote it.
    Written,
    /// A strategy made it.
    Extracted {
        /// In which job.
        job: String,
        /// From these events; none if the text was handed in without being kept.
        events: Vec<EventId>,
        /// Which model, by the alias that was asked.
        model: String,
        /// Which step: `extraction`, `consolidation` or `reflection`.
        step: String,
        /// The records that it took the place of.
        supersedes: Vec<MemoryRecordId>,
    },
    /// It is a piece of a document.
    Document {
        /// Which document.
        document: String,
        /// Which piece of it, from 0.
        piece: u32,
        /// What stands above it in the document, such as headings and a page, outermost first.
        trail: Vec<String>,
    },
}
