//! Memory records between the wire and the service.

use std::collections::BTreeMap;

use data_api::memories::{
    MemoryContent, MemoryMetadataFilterExpression, MemoryRecordLeftExpression, MemoryRecordMetadataValue,
    MemoryRecordOperatorType, MemoryRecordOutput, MemoryRecordRightExpression, MemoryRecordStatus,
    MemoryRecordSummary, RecordExpirySpecification,
};
use fault::{Fault, Result};
use ids::Namespace;
use memory::memories::RecordExpiry;
use memory::metadata::{Condition, Operator};
use memory::model::{Record, RecordMetadata, RecordValue};
use memory::records::{Outcome, Place};

use super::place::bad;

pub(super) type WireMetadata = BTreeMap<String, MemoryRecordMetadataValue>;

/// The place that a request names, by exactly one of two members.
pub(super) fn place(namespace: Option<&str>, path: Option<&str>) -> Result<Place> {
    match (namespace, path) {
        (Some(namespace), None) => Namespace::parse(namespace).map(Place::At).map_err(bad("namespace")),
        (None, Some(path)) => Namespace::parse(path).map(Place::Below).map_err(bad("namespacePath")),
        _ => Err(Fault::field("namespace", "name exactly one of namespace and namespacePath")),
    }
}

/// The namespace of a list that has at most one.
pub(super) fn namespace(list: Option<&[String]>, member: &'static str) -> Result<Option<Namespace>> {
    list.and_then(<[String]>::first).map(|text| Namespace::parse(text)).transpose().map_err(bad(member))
}

pub(super) fn text(content: MemoryContent) -> String {
    let MemoryContent::Text(text) = content;
    text.into_inner()
}

pub(super) fn expiry(specification: Option<&RecordExpirySpecification>) -> Result<Option<RecordExpiry>> {
    Ok(match specification {
        Some(RecordExpirySpecification::RecordExpiryDurationDays(days)) => {
            let days = u32::try_from(*days).map_err(|_| {
                Fault::field("recordExpirySpecification.recordExpiryDurationDays", "must not be negative")
            })?;
            Some(RecordExpiry::Days(days))
        }
        Some(RecordExpirySpecification::Action(_)) => Some(RecordExpiry::Remove),
        None => None,
    })
}

pub(super) fn metadata(wire: WireMetadata) -> RecordMetadata {
    wire.into_iter().map(|(key, value)| (key, self::value(value))).collect()
}

fn value(wire: MemoryRecordMetadataValue) -> RecordValue {
    match wire {
        MemoryRecordMetadataValue::StringValue(text) => RecordValue::Text(text),
        MemoryRecordMetadataValue::StringListValue(texts) => RecordValue::Texts(texts),
        MemoryRecordMetadataValue::NumberValue(number) => RecordValue::Number(number),
        MemoryRecordMetadataValue::DateTimeValue(at) => RecordValue::Instant(at),
    }
}

pub(super) fn conditions(wire: Option<Vec<MemoryMetadataFilterExpression>>) -> Vec<Condition> {
    let condition = |expression: MemoryMetadataFilterExpression| {
        let MemoryRecordLeftExpression::MetadataKey(key) = expression.left;
        let right = expression.right.map(|MemoryRecordRightExpression::MetadataValue(right)| value(right));
        Condition { key, operator: operator(expression.operator), value: right }
    };
    wire.unwrap_or_default().into_iter().map(condition).collect()
}

fn operator(wire: MemoryRecordOperatorType) -> Operator {
    match wire {
        MemoryRecordOperatorType::EqualsTo => Operator::EqualsTo,
        MemoryRecordOperatorType::Exists => Operator::Exists,
        MemoryRecordOperatorType::NotExists => Operator::NotExists,
        MemoryRecordOperatorType::Before => Operator::Before,
        MemoryRecordOperatorType::After => Operator::After,
        MemoryRecordOperatorType::Contains => Operator::Contains,
        MemoryRecordOperatorType::GreaterThan => Operator::GreaterThan,
        MemoryRecordOperatorType::GreaterThanOrEquals => Operator::GreaterThanOrEquals,
        MemoryRecordOperatorType::LessThan => Operator::LessThan,
        MemoryRecordOperatorType::LessThanOrEquals => Operator::LessThanOrEquals,
    }
}

/// What became of a batch: what was done, and what was not.
pub(super) fn outcomes(outcomes: Vec<Outcome>) -> (Vec<MemoryRecordOutput>, Vec<MemoryRecordOutput>) {
    outcomes
        .into_iter()
        .map(|outcome| MemoryRecordOutput {
            memory_record_id: outcome.id.to_string(),
            status: match outcome.failure {
                None => MemoryRecordStatus::Succeeded,
                Some(_) => MemoryRecordStatus::Failed,
            },
            request_identifier: outcome.request,
            error_code: outcome.failure.as_ref().map(|failure| i32::from(failure.code)),
            error_message: outcome.failure.map(|failure| failure.message),
        })
        .partition(|output| output.status == MemoryRecordStatus::Succeeded)
}

/// A record in a listing.
pub(super) fn summary(record: Record) -> MemoryRecordSummary {
    MemoryRecordSummary {
        memory_record_id: record.id.to_string(),
        memory_strategy_id: record.strategy_id().to_owned(),
        namespaces: namespaces(&record),
        created_at: record.created_at,
        score: None,
        timestamp: Some(record.timestamp),
        metadata: Some(shown_metadata(&record)),
        content: MemoryContent::Text(record.text.into()),
    }
}

pub(super) fn namespaces(record: &Record) -> Vec<String> {
    record.namespace.iter().map(ToString::to_string).collect()
}

/// A record's own metadata with what the service tells of it.
pub(super) fn shown_metadata(record: &Record) -> WireMetadata {
    let own = record.metadata.iter().map(|(key, value)| (key.clone(), shown(value.clone())));
    let system = record.system_metadata().into_iter().map(|(key, value)| (key.to_owned(), shown(value)));
    own.chain(system).collect()
}

fn shown(value: RecordValue) -> MemoryRecordMetadataValue {
    match value {
        RecordValue::Text(text) => MemoryRecordMetadataValue::StringValue(text),
        RecordValue::Texts(texts) => MemoryRecordMetadataValue::StringListValue(texts),
        RecordValue::Number(number) => MemoryRecordMetadataValue::NumberValue(number),
        RecordValue::Instant(at) => MemoryRecordMetadataValue::DateTimeValue(at),
    }
}
