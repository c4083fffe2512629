//! Metadata of records: what a model is to find, and what it found.

use extraction::{Key, Metadata, Rule, Value};

use super::rows::Partition;
use crate::model::{KeyType, RecordMetadata, RecordValue, SchemaEntry, SchemaExtraction, SchemaRule};

/// What of a schema a model is to find.
pub(super) fn inferred(schema: &[SchemaEntry]) -> Vec<Key> {
    schema.iter().filter_map(key).collect()
}

fn key(entry: &SchemaEntry) -> Option<Key> {
    let SchemaExtraction::Inferred { definition, instruction, rule } = &entry.extraction else { return None };
    let rule = match (rule, entry.kind) {
        (Some(SchemaRule::Text { allowed }), _) => Rule::Text { allowed: allowed.clone() },
        (Some(SchemaRule::Texts { allowed, at_most }), _) => {
            Rule::Texts { allowed: allowed.clone(), at_most: *at_most }
        }
        (Some(SchemaRule::Number { min, max }), _) => Rule::Number { min: *min, max: *max },
        (None, Some(KeyType::StringList)) => Rule::Texts { allowed: Vec::new(), at_most: None },
        (None, Some(KeyType::Number)) => Rule::Number { min: None, max: None },
        (None, Some(KeyType::String) | None) => Rule::Text { allowed: Vec::new() },
    };
    let (definition, instruction) = (definition.clone(), instruction.clone());
    Some(Key { name: entry.key.clone(), definition, instruction, rule })
}

/// A record's metadata: what a model found, and above it what holds exactly.
pub(super) fn metadata(found: Metadata, partition: &Partition) -> RecordMetadata {
    let found = found.into_iter().map(|(key, value)| {
        let value = match value {
            Value::Text(text) => RecordValue::Text(text),
            Value::Texts(texts) => RecordValue::Texts(texts),
            Value::Number(number) => RecordValue::Number(number),
        };
        (key, value)
    });
    found.chain(exact(partition)).collect()
}

/// What holds exactly of every record of a partition.
pub(super) fn exact(partition: &Partition) -> RecordMetadata {
    let exact = partition.exact.iter();
    exact.map(|(key, value)| (key.clone(), RecordValue::Text(value.clone()))).collect()
}
