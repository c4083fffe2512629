//! What is asked, and what is found.

use std::collections::BTreeMap;

use inference::Embedding;

use crate::document::Value;
use crate::place;

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The question's text, to be found by its words.
    pub text: String,
    /// The question as a vector, to be found by its meaning.
    pub vector: Option<Embedding>,
    /// Which documents may be found at all.
    pub scope: Scope,
    /// What the found ones have to fulfil, all of it. Applied before the best are chosen.
    pub filters: Vec<Filter>,
    /// How many are wanted.
    pub limit: usize,
}

/// Which documents may be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of the collection.
    All,
    /// Those in exactly this place.
    At(String),
    /// Those in this place and in any below it: `/a` has `/a/b` below it, but not `/ab`.
    Below(String),
}

impl Scope {
    /// Whether a document in this place may be found.
    pub fn has(&self, place: &str) -> bool {
        match self {
            Self::All => true,
            Self::At(at) => place::trimmed(place) == place::trimmed(at),
            Self::Below(above) => place::is_within(place, above),
        }
    }
}

/// A condition on a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The field.
    pub field: String,
    /// What must hold.
    pub test: Test,
}

impl Filter {
    /// Whether the condition holds of a document's fields.
    pub fn holds(&self, fields: &BTreeMap<String, Value>) -> bool {
        self.test.holds(fields.get(&self.field))
    }
}

/// What must hold of a field. Nothing but `Absent` holds of a field that is not there, and nothing
/// but `Exists` of one that is of another kind than what is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is this value.
    Equals(Value),
    /// Among its texts is this one.
    Contains(String),
    /// It is there.
    Exists,
    /// It is not there.
    Absent,
    /// The number is greater.
    Greater(f64),
    /// The number is greater or the same.
    GreaterOrEqual(f64),
    /// The number is smaller.
    Less(f64),
    /// The number is smaller or the same.
    LessOrEqual(f64),
    /// The instant is earlier, in milliseconds since 1970.
    Before(i64),
    /// The instant is later, in milliseconds since 1970.
    After(i64),
}

impl Test {
    /// Whether it holds of a field's value.
    pub fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Absent, None) | (Self::Exists, Some(_)) => true,
            (Self::Equals(wanted), Some(value)) => wanted == value,
            (Self::Contains(text), Some(Value::Texts(texts))) => texts.contains(text),
            (Self::Greater(bound), Some(Value::Number(number))) => number > bound,
            (Self::GreaterOrEqual(bound), Some(Value::Number(number))) => number >= bound,
            (Self::Less(bound), Some(Value::Number(number))) => number < bound,
            (Self::LessOrEqual(bound), Some(Value::Number(number))) => number <= bound,
            (Self::Before(bound), Some(Value::Instant(instant))) => instant < bound,
            (Self::After(bound), Some(Value::Instant(instant))) => instant > bound,
            _ => false,
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Best first.
    pub hits: Vec<Hit>,
    /// How they were found.
    pub mode: Mode,
    /// Whether every document in the scope was compared with, not only those that an index suggested.
    pub exact: bool,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The document's id.
    pub id: String,
    /// How well it fits, from 0 to 1.
    pub score: f64,
}

/// How documents were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By their words alone.
    Lexical,
    /// By their meaning alone.
    Vector,
    /// By both.
    Hybrid,
}

impl Mode {
    /// As users see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lexical => "lexical",
            Self::Vector => "vector",
            Self::Hybrid => "hybrid",
        }
    }
}
