//! What records can be filtered by: their own metadata, and what the service tells of each.

mod conditions;

use search::{Filter, Test, Value};
use stdx::Timestamp;

use crate::model::{Origin, Record, RecordValue, SchemaExtraction, Strategy};

pub(crate) use conditions::filters;
pub use conditions::{Condition, Operator};

/// Keys that begin so are the service's.
const SYSTEM: &str = "x-amz-agentcore-memory-";
/// Keys that begin so are Freehold's.
const OURS: &str = "x-freehold-";
/// `BASE`, or `REFLECTION` for what was learned from episodes.
pub const RECORD_TYPE: &str = "x-amz-agentcore-memory-recordType";
/// When a record was written first.
pub const CREATED_AT: &str = "x-amz-agentcore-memory-createdAt";
/// When it was written last.
pub const UPDATED_AT: &str = "x-amz-agentcore-memory-updatedAt";
/// How records were found: `lexical`, `vector` or `hybrid`.
pub const SEARCH_MODE: &str = "x-freehold-search-mode";
/// Which document a record is a piece of.
pub const DOCUMENT: &str = "x-freehold-document";
/// Which piece of it, from 0.
pub const PIECE: &str = "x-freehold-piece";
/// What stands above the piece in the document, outermost first.
pub const TRAIL: &str = "x-freehold-trail";
/// What is told as the strategy of a record that has none.
pub const NO_STRATEGY: &str = "none";

/// Whether a key is the service's to write.
pub fn is_reserved(key: &str) -> bool {
    key.starts_with(SYSTEM) || key.starts_with(OURS)
}

/// A value as the index has it.
pub(crate) fn indexed(value: &RecordValue) -> Value {
    match value {
        RecordValue::Text(text) => Value::Text(text.clone()),
        RecordValue::Texts(texts) => Value::Texts(texts.clone()),
        RecordValue::Number(number) => Value::Number(*number),
        RecordValue::Instant(at) => Value::Instant(at.as_millis()),
    }
}

/// Whether a condition holds of a record.
pub(crate) fn holds(record: &Record, filter: &Filter) -> bool {
    let value = if is_reserved(&filter.field) {
        record.system_metadata().into_iter().find(|(key, _)| *key == filter.field).map(|(_, value)| value)
    } else {
        record.metadata.get(&filter.field).cloned()
    };
    test(value.as_ref(), &filter.test)
}

fn test(value: Option<&RecordValue>, test: &Test) -> bool {
    use RecordValue as Is;
    match (value, test) {
        (None, test) => *test == Test::Absent,
        (Some(_), Test::Exists) => true,
        (Some(value), Test::Equals(other)) => indexed(value) == *other,
        (Some(Is::Texts(texts)), Test::Contains(text)) => texts.contains(text),
        (Some(Is::Number(number)), Test::Greater(other)) => number > other,
        (Some(Is::Number(number)), Test::GreaterOrEqual(other)) => number >= other,
        (Some(Is::Number(number)), Test::Less(other)) => number < other,
        (Some(Is::Number(number)), Test::LessOrEqual(other)) => number <= other,
        (Some(Is::Instant(at)), Test::Before(other)) => at.as_millis() < *other,
        (Some(Is::Instant(at)), Test::After(other)) => at.as_millis() > *other,
        (Some(_), _) => false,
    }
}

impl Record {
    /// The id of its strategy, as it is told.
    pub fn strategy_id(&self) -> &str {
        self.strategy.as_ref().map_or(NO_STRATEGY, |strategy| strategy.as_str())
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expiry.is_some_and(|(at, _)| at <= now)
    }

    /// Whether it was learned from episodes.
    pub(crate) fn is_reflection(&self) -> bool {
        matches!(&self.origin, Origin::Extracted { step, .. } if step == "reflection")
    }

    /// What the service tells of it.
    pub fn system_metadata(&self) -> Vec<(&'static str, RecordValue)> {
        let kind = if self.is_reflection() { "REFLECTION" } else { "BASE" };
        let mut told = vec![
            (RECORD_TYPE, RecordValue::Text(kind.to_owned())),
            (CREATED_AT, RecordValue::Instant(self.created_at)),
            (UPDATED_AT, RecordValue::Instant(self.updated_at)),
        ];
        if let Origin::Document { document, piece, trail } = &self.origin {
            told.push((DOCUMENT, RecordValue::Text(document.clone())));
            told.push((PIECE, RecordValue::Number(f64::from(*piece))));
            if !trail.is_empty() {
                told.push((TRAIL, RecordValue::Texts(trail.clone())));
            }
        }
        told
    }
}

impl Strategy {
    /// The keys whose values are the events' own.
    pub fn strictly_consistent(&self) -> impl Iterator<Item = &str> {
        let strict =
            self.schema.iter().filter(|entry| entry.extraction == SchemaExtraction::StrictlyConsistent);
        strict.map(|entry| entry.key.as_str())
    }
}
