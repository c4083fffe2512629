//! Documents as answers show them.

use std::collections::BTreeMap;

use memory::knowledge::Document;
use memory::model::{Origin, Record, RecordValue};
use serde::Serialize;

use crate::answer::moment;

/// A document as answers show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    name: String,
    content_type: &'static str,
    bytes: u64,
    sha256: String,
    pieces: u32,
    namespace: Option<String>,
    metadata: BTreeMap<String, String>,
    created_at: String,
    updated_at: String,
}

/// A piece of one as answers show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Piece {
    memory_record_id: String,
    number: u32,
    trail: Vec<String>,
    text: String,
}

impl From<Document> for Shown {
    fn from(document: Document) -> Self {
        let texts = document.metadata.into_iter().filter_map(|(key, value)| match value {
            RecordValue::Text(text) => Some((key, text)),
            RecordValue::Texts(_) | RecordValue::Number(_) | RecordValue::Instant(_) => None,
        });
        Self {
            name: document.name.into(),
            content_type: document.format.content_type(),
            bytes: document.length,
            sha256: document.digest.into(),
            pieces: document.pieces,
            namespace: document.namespace.map(Into::into),
            metadata: texts.collect(),
            created_at: moment(document.created_at),
            updated_at: moment(document.updated_at),
        }
    }
}

impl Piece {
    /// The piece that a record is, if it is one.
    pub(super) fn of(record: Record) -> Option<Self> {
        let Origin::Document { piece, trail, .. } = record.origin else { return None };
        Some(Self { memory_record_id: record.id.to_string(), number: piece, trail, text: record.text })
    }
}
