//! Writing a structure's members.

use serde_json::{Map, Value};

use super::IntoDocument;

/// A structure that is being written.
#[derive(Debug, Default)]
pub struct Object(Map<String, Value>);

impl Object {
    /// An object with room for so many members.
    pub fn with_capacity(members: usize) -> Self {
        Self(Map::with_capacity(members))
    }

    /// Writes a member, unless it is absent.
    pub fn put(&mut self, name: &'static str, value: impl IntoDocument) {
        let value = value.into_document();
        if !value.is_null() {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// A union: an object of one member.
    pub fn of(name: &'static str, value: impl IntoDocument) -> Value {
        Value::Object(Map::from_iter([(name.to_owned(), value.into_document())]))
    }

    /// The document.
    pub fn finish(self) -> Value {
        Value::Object(self.0)
    }
}
