//! Metadata that somebody writes, held against the schema of its strategy.

use super::outcome::Failure;
use crate::metadata;
use crate::model::{
    Definition, KeyType, Record, RecordMetadata, RecordValue, SchemaEntry, SchemaExtraction, SchemaRule,
    Strategy, StrategyKind,
};

/// What is kept of the metadata that came: under a schema only what that has; never what only the service tells. A
/// strategy without a schema keeps everything, as no strategy does.
pub(super) fn kept(
    memory: &Definition,
    schema: Option<&[SchemaEntry]>,
    came: &RecordMetadata,
) -> Result<RecordMetadata, Failure> {
    let schema = schema.filter(|schema| !schema.is_empty());
    let mut kept = RecordMetadata::new();
    for (key, value) in came.iter().filter(|(key, _)| !metadata::is_reserved(key)) {
        let entry = schema.map(|schema| schema.iter().find(|entry| entry.key == *key));
        if entry == Some(None) {
            continue;
        }
        let fault = no_value(value).or_else(|| entry.flatten()?.fault(memory, value));
        if let Some(fault) = fault {
            return Err(Failure::invalid(format!("metadata.{key}: {fault}")));
        }
        kept.insert(key.clone(), value.clone());
    }
    Ok(kept)
}

/// The schema of a strategy that a record is held against.
pub(super) fn schema_of<'a>(strategy: &'a Strategy, record: &Record) -> &'a [SchemaEntry] {
    match &strategy.kind {
        StrategyKind::Episodic { reflection, .. } if record.is_reflection() => &reflection.schema,
        _ => &strategy.schema,
    }
}

/// Why nobody may write this, whatever the schema.
fn no_value(value: &RecordValue) -> Option<String> {
    match value {
        RecordValue::Instant(_) => Some("only the service writes a dateTimeValue".to_owned()),
        RecordValue::Number(number) if !number.is_finite() => Some("must be a finite number".to_owned()),
        RecordValue::Text(_) | RecordValue::Texts(_) | RecordValue::Number(_) => None,
    }
}

impl SchemaEntry {
    /// What is wrong with a value of its key, if anything is.
    fn fault(&self, memory: &Definition, value: &RecordValue) -> Option<String> {
        let indexed = memory.indexed_keys.iter().find(|key| key.key == self.key).map(|key| key.kind);
        let wanted = match self.kind.or(indexed).unwrap_or(KeyType::String) {
            KeyType::String => "stringValue",
            KeyType::StringList => "stringListValue",
            KeyType::Number => "numberValue",
        };
        let given = match value {
            RecordValue::Text(_) => "stringValue",
            RecordValue::Texts(_) => "stringListValue",
            RecordValue::Number(_) => "numberValue",
            RecordValue::Instant(_) => "dateTimeValue",
        };
        if given != wanted {
            return Some(format!("the strategy's schema wants a {wanted}, and this is a {given}"));
        }
        let SchemaExtraction::Inferred { rule: Some(rule), .. } = &self.extraction else { return None };
        rule.fault(value)
    }
}

impl SchemaRule {
    fn fault(&self, value: &RecordValue) -> Option<String> {
        match (self, value) {
            (Self::Text { allowed }, RecordValue::Text(text)) => {
                (!is_allowed(allowed, text)).then(|| format!("must be one of {}", allowed.join(", ")))
            }
            (Self::Texts { allowed, at_most }, RecordValue::Texts(texts)) => {
                if !texts.iter().all(|text| is_allowed(allowed, text)) {
                    return Some(format!("must be of {}", allowed.join(", ")));
                }
                let most = at_most.filter(|most| texts.len() > *most as usize)?;
                Some(format!("must be at most {most}"))
            }
            (Self::Number { min, max }, RecordValue::Number(number)) => {
                let small = min.filter(|min| number < min).map(|min| format!("must be at least {min}"));
                small.or_else(|| max.filter(|max| number > max).map(|max| format!("must be at most {max}")))
            }
            // A rule of another type says nothing: a memory with such a schema cannot be made.
            _ => None,
        }
    }
}

fn is_allowed(allowed: &[String], text: &String) -> bool {
    allowed.is_empty() || allowed.contains(text)
}
