//! What callers ask of metadata, and which of it can be asked.

use fault::{Fault, Result};
use search::{Filter, Test};

use super::{CREATED_AT, DOCUMENT, RECORD_TYPE, UPDATED_AT, indexed};
use crate::model::{Definition, KeyType, RecordValue};

/// The most conditions of one question.
const MOST: usize = 5;

/// A condition on a record's metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The key.
    pub key: String,
    /// What is asked of its value.
    pub operator: Operator,
    /// What the value is compared with.
    pub value: Option<RecordValue>,
}

/// What is asked of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// It is this text or number.
    EqualsTo,
    /// It is there.
    Exists,
    /// It is not there.
    NotExists,
    /// It is an earlier instant.
    Before,
    /// It is a later instant.
    After,
    /// This text is one of it.
    Contains,
    /// It is a greater number.
    GreaterThan,
    /// It is a greater number, or the same.
    GreaterThanOrEquals,
    /// It is a smaller number.
    LessThan,
    /// It is a smaller number, or the same.
    LessThanOrEquals,
}

/// What values of a key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Texts,
    Number,
    Instant,
}

/// The conditions of a request's `member` as tests, all of which have to hold. Only what a memory indexes, and what the
/// service tells of every record, can be asked for.
pub(crate) fn filters(memory: &Definition, conditions: &[Condition], member: &str) -> Result<Vec<Filter>> {
    if conditions.len() > MOST {
        return Err(Fault::field(member, format!("must be at most {MOST}")));
    }
    let filter = |(at, condition): (usize, &Condition)| {
        let Some(kind) = kind_of(memory, &condition.key) else {
            let message = format!("{} is none of the memory's indexed keys", condition.key);
            return Err(Fault::field(format!("{member}[{at}].left.metadataKey"), message));
        };
        let test = condition.test(kind).map_err(|message| {
            Fault::field(format!("{member}[{at}]"), format!("{}: {message}", condition.key))
        })?;
        Ok(Filter { field: condition.key.clone(), test })
    };
    conditions.iter().enumerate().map(filter).collect()
}

fn kind_of(memory: &Definition, key: &str) -> Option<Kind> {
    match key {
        RECORD_TYPE | DOCUMENT => return Some(Kind::Text),
        CREATED_AT | UPDATED_AT => return Some(Kind::Instant),
        _ => {}
    }
    let indexed = memory.indexed_keys.iter().find(|indexed| indexed.key == key)?;
    Some(match indexed.kind {
        KeyType::String => Kind::Text,
        KeyType::StringList => Kind::Texts,
        KeyType::Number => Kind::Number,
    })
}

impl Condition {
    fn test(&self, kind: Kind) -> Result<Test, &'static str> {
        use RecordValue::{Instant, Number, Text};
        match (self.operator, kind, &self.value) {
            (Operator::Exists, _, _) => Ok(Test::Exists),
            (Operator::NotExists, _, _) => Ok(Test::Absent),
            (_, _, None) => Err("the operator compares with a value, and there is none"),
            (Operator::EqualsTo, Kind::Text, Some(value @ Text(_)))
            | (Operator::EqualsTo, Kind::Number, Some(value @ Number(_))) => Ok(Test::Equals(indexed(value))),
            (Operator::Contains, Kind::Texts, Some(Text(text))) => Ok(Test::Contains(text.clone())),
            (Operator::GreaterThan, Kind::Number, Some(Number(number))) => Ok(Test::Greater(*number)),
            (Operator::GreaterThanOrEquals, Kind::Number, Some(Number(number))) => {
                Ok(Test::GreaterOrEqual(*number))
            }
            (Operator::LessThan, Kind::Number, Some(Number(number))) => Ok(Test::Less(*number)),
            (Operator::LessThanOrEquals, Kind::Number, Some(Number(number))) => {
                Ok(Test::LessOrEqual(*number))
            }
            (Operator::Before, Kind::Instant, Some(Instant(at))) => Ok(Test::Before(at.as_millis())),
            (Operator::After, Kind::Instant, Some(Instant(at))) => Ok(Test::After(at.as_millis())),
            (_, kind, Some(_)) => Err(kind.rule()),
        }
    }
}

impl Kind {
    fn rule(self) -> &'static str {
        match self {
            Self::Text => "a STRING can be asked for with EQUALS_TO and a stringValue, EXISTS and NOT_EXISTS",
            Self::Texts => {
                "a STRINGLIST can be asked for with CONTAINS and a stringValue, EXISTS and NOT_EXISTS"
            }
            Self::Number => {
                "a NUMBER can be asked for with EQUALS_TO, GREATER_THAN, LESS_THAN (each also with _OR_EQUALS, but the first) and a numberValue, EXISTS and NOT_EXISTS"
            }
            Self::Instant => {
                "an instant can be asked for with BEFORE and AFTER and a dateTimeValue, EXISTS and NOT_EXISTS"
            }
        }
    }
}
