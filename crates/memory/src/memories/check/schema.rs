//! What a strategy may tell of its records as metadata.

use std::collections::BTreeSet;

use super::Faults;
use crate::metadata;
use crate::model::{Definition, KeyType, SchemaEntry, SchemaExtraction, SchemaRule};

/// The most entries of a schema.
const ENTRIES: usize = 20;
/// The most keys of a strategy whose values are the events' own.
const STRICT: usize = 3;

/// A summary is about all of a session, so its metadata cannot be one event's.
pub(super) fn entries(
    memory: &Definition,
    entries: &[SchemaEntry],
    summary: bool,
    at: &str,
    faults: &mut Faults,
) {
    if entries.len() > ENTRIES {
        faults.add(at, format!("a schema has at most {ENTRIES} entries"));
    }
    let strict = entries.iter().filter(|entry| entry.extraction == SchemaExtraction::StrictlyConsistent);
    if strict.count() > STRICT {
        faults.add(at, format!("at most {STRICT} keys of a strategy can be STRICTLY_CONSISTENT"));
    }
    let mut seen = BTreeSet::new();
    for entry in entries {
        let at = format!("{at}[{}]", entry.key);
        if !seen.insert(&entry.key) {
            faults.add(&at, "is there twice");
        }
        if metadata::is_reserved(&entry.key) {
            faults.add(&at, "is the service's own, and is told anyway");
        }
        let indexed = memory.indexed_keys.iter().find(|key| key.key == entry.key).map(|key| key.kind);
        if let (Some(indexed), Some(kind)) = (indexed, entry.kind)
            && indexed != kind
        {
            faults.add(format!("{at}.type"), "is not the type of the indexed key of that name");
        }
        match &entry.extraction {
            SchemaExtraction::StrictlyConsistent => strictly_consistent(entry, indexed, summary, &at, faults),
            SchemaExtraction::Inferred { rule: Some(rule), .. } => fits(rule, entry.kind, &at, faults),
            SchemaExtraction::Inferred { rule: None, .. } => {}
        }
    }
}

fn strictly_consistent(
    entry: &SchemaEntry,
    indexed: Option<KeyType>,
    summary: bool,
    at: &str,
    faults: &mut Faults,
) {
    if summary {
        faults.add(format!("{at}.extractionType"), "a summary's keys cannot be STRICTLY_CONSISTENT");
    }
    if entry.kind.is_some_and(|kind| kind != KeyType::String) {
        faults.add(format!("{at}.type"), "a STRICTLY_CONSISTENT key is a STRING");
    }
    if indexed.is_none() {
        faults.add(at, "a STRICTLY_CONSISTENT key must be one of the memory's indexedKeys");
    }
}

fn fits(rule: &SchemaRule, kind: Option<KeyType>, at: &str, faults: &mut Faults) {
    let at = format!("{at}.extractionConfig.llmExtractionConfig.validation");
    let of = match rule {
        SchemaRule::Text { .. } => KeyType::String,
        SchemaRule::Texts { .. } => KeyType::StringList,
        SchemaRule::Number { min, max } => {
            let backwards = matches!((min, max), (Some(min), Some(max)) if min > max);
            if backwards || [min, max].into_iter().flatten().any(|bound| !bound.is_finite()) {
                faults.add(&at, "minValue must not be greater than maxValue");
            }
            KeyType::Number
        }
    };
    if kind.unwrap_or(KeyType::String) != of {
        faults.add(at, "does not fit the key's type");
    }
}
