//! What a stream is told, in AgentCore's form.

use serde_json::{Map, Value, json};
use stdx::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::EVENT;
use crate::model::{Definition, Record, RecordValue, StrategyKind, StreamLevel};
use crate::records::RecordChange;

pub(super) fn of_change(
    memory: &Definition,
    level: StreamLevel,
    change: &RecordChange,
    now: Timestamp,
) -> Value {
    let record = change.record();
    let (kind, details) = match change {
        RecordChange::Created(_) => ("MemoryRecordCreated", details(memory, level, record)),
        RecordChange::Updated { .. } => ("MemoryRecordUpdated", details(memory, level, record)),
        RecordChange::Removed(_) => ("MemoryRecordDeleted", Map::new()),
    };
    let mut event = Map::new();
    event.insert("eventType".to_owned(), json!(kind));
    event.insert("eventTime".to_owned(), json!(iso(now)));
    event.insert("memoryId".to_owned(), json!(memory.id.as_str()));
    event.insert("memoryRecordId".to_owned(), json!(record.id.as_str()));
    event.extend(details);
    json!({ EVENT: event })
}

pub(super) fn enabled(memory: &Definition, now: Timestamp) -> Value {
    let message = format!("Changes of the records of memory {} are streamed from now on.", memory.id);
    json!({
        EVENT: {
            "eventType": "StreamingEnabled",
            "eventTime": iso(now),
            "memoryId": memory.id.as_str(),
            "message": message,
        }
    })
}

fn details(memory: &Definition, level: StreamLevel, record: &Record) -> Map<String, Value> {
    let mut details = Map::new();
    let namespaces: Vec<&str> = record.namespace.iter().map(ids::Namespace::as_str).collect();
    details.insert("namespaces".to_owned(), json!(namespaces));
    details.insert("createdAt".to_owned(), json!(record.created_at.as_millis()));
    if let Some(id) = &record.strategy {
        details.insert("memoryStrategyId".to_owned(), json!(id.as_str()));
        // A strategy that is gone leaves its records behind.
        if let Some(strategy) = memory.strategies.iter().find(|strategy| strategy.id == *id) {
            let kind = if strategy.custom { "CUSTOM" } else { kind(&strategy.kind) };
            details.insert("memoryStrategyType".to_owned(), json!(kind));
        }
    }
    let own = record.metadata.iter().map(|(key, value)| (key.clone(), shown(value)));
    let system = record.system_metadata().into_iter().map(|(key, value)| (key.to_owned(), shown(&value)));
    let metadata: Map<String, Value> = own.chain(system).collect();
    details.insert("metadata".to_owned(), Value::Object(metadata));
    if level == StreamLevel::FullContent {
        details.insert("memoryRecordText".to_owned(), json!(record.text));
    }
    details
}

fn kind(kind: &StrategyKind) -> &'static str {
    match kind {
        StrategyKind::Semantic(_) => "SEMANTIC",
        StrategyKind::Summary(_) => "SUMMARIZATION",
        StrategyKind::UserPreference(_) => "USER_PREFERENCE",
        StrategyKind::Episodic { .. } => "EPISODIC",
        StrategyKind::SelfManaged(_) => "CUSTOM",
    }
}

fn shown(value: &RecordValue) -> Value {
    match value {
        RecordValue::Text(text) => json!({ "stringValue": text }),
        RecordValue::Texts(texts) => json!({ "stringListValue": texts }),
        RecordValue::Number(number) => json!({ "numberValue": number }),
        RecordValue::Instant(at) => json!({ "dateTimeValue": iso(*at) }),
    }
}

fn iso(at: Timestamp) -> String {
    let nanos = i128::from(at.as_millis()) * 1_000_000;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(&Rfc3339).expect("years of four digits can be written")
}
