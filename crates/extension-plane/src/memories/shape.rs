//! Memories and records as answers show them.

use memory::Overview;
use memory::model::{
    Definition, MemoryStatus, Origin, Payload, Record, Strategy, StrategyKind, StrategyStatus,
};
use serde::Serialize;

use crate::answer::moment;

/// A memory as answers show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Memory {
    memory_id: String,
    name: String,
    status: MemoryStatus,
    created_at: String,
    pending_messages: u64,
    failed_jobs: u64,
    index: Index,
}

/// What can be found.
#[derive(Debug, Serialize)]
struct Index {
    events: u64,
    records: u64,
    vectors: u64,
    bytes: u64,
    waiting: u64,
}

/// A strategy as answers show it.
#[derive(Debug, Serialize)]
pub(super) struct ShownStrategy {
    id: String,
    name: String,
    kind: &'static str,
    custom: bool,
    status: StrategyStatus,
    namespace: String,
}

/// A record as answers show it, with where it comes from.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownRecord {
    memory_record_id: String,
    text: String,
    strategy_id: Option<String>,
    namespace: Option<String>,
    timestamp: String,
    created_at: String,
    updated_at: String,
    expires_at: Option<String>,
    origin: Origin,
}

impl Memory {
    pub(super) fn new(definition: &Definition, overview: &Overview) -> Self {
        Self {
            memory_id: definition.id.to_string(),
            name: definition.name.to_string(),
            status: definition.status,
            created_at: moment(definition.created_at),
            pending_messages: overview.pending_messages,
            failed_jobs: overview.failed_jobs,
            index: Index {
                events: overview.events,
                records: overview.records,
                vectors: overview.vectors,
                bytes: overview.bytes,
                waiting: overview.waiting,
            },
        }
    }
}

impl From<&Strategy> for ShownStrategy {
    fn from(strategy: &Strategy) -> Self {
        Self {
            id: strategy.id.to_string(),
            name: strategy.name.to_string(),
            kind: match strategy.kind {
                StrategyKind::Semantic(_) => "SEMANTIC",
                StrategyKind::Summary(_) => "SUMMARIZATION",
                StrategyKind::UserPreference(_) => "USER_PREFERENCE",
                StrategyKind::Episodic { .. } => "EPISODIC",
                StrategyKind::SelfManaged(_) => "SELF_MANAGED",
            },
            custom: strategy.custom,
            status: strategy.status,
            namespace: strategy.namespace.as_str().to_owned(),
        }
    }
}

impl From<Record> for ShownRecord {
    fn from(record: Record) -> Self {
        Self {
            memory_record_id: record.id.to_string(),
            text: record.text,
            strategy_id: record.strategy.map(Into::into),
            namespace: record.namespace.map(Into::into),
            timestamp: moment(record.timestamp),
            created_at: moment(record.created_at),
            updated_at: moment(record.updated_at),
            expires_at: record.expiry.map(|(at, _)| moment(at)),
            origin: record.origin,
        }
    }
}

/// What an event says, as one text: messages, each behind its role, and documents.
pub(super) fn text_of(payload: &[Payload]) -> String {
    let part = |part: &Payload| match part {
        Payload::Conversational { role, text } => {
            let role = serde_json::to_value(role).unwrap_or_default();
            Some(format!("{}: {text}", role.as_str().unwrap_or_default().to_lowercase()))
        }
        Payload::Json(document) => Some(document.to_string()),
        Payload::Blob(_) => None,
    };
    payload.iter().filter_map(part).collect::<Vec<_>>().join("\n")
}
