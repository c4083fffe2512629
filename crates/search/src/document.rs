//! What can be found.

use std::collections::BTreeMap;

use inference::Embedding;

/// Something that can be found.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its id, unique in its collection.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its text as a vector, where there is an embedder. All vectors of a collection are by the same one.
    pub vector: Option<Embedding>,
    /// Where it is, such as `/users/7/preferences`.
    pub place: String,
    /// What it can be filtered by.
    pub fields: BTreeMap<String, Value>,
}

/// A field's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// A number.
    Number(f64),
    /// Milliseconds since 1970.
    Instant(i64),
}

/// A change of a collection.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The document of this id is this one from now on.
    Put(Document),
    /// There is no document of this id.
    Remove(String),
}
