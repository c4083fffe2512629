//! Reading a document while keeping the path to where one is.

use std::fmt::Write;

use fault::FieldFault;
use serde_json::{Map, Value};
use stdx::ByteStream;

use super::FromDocument;
use crate::rule::Rule;

/// How many violations one answer names; a list of a million bad items needs no million entries.
const MOST_FAULTS: usize = 100;

/// Where the reading stands and what was wrong so far.
#[derive(Debug, Default)]
pub struct Reader {
    path: Vec<Step>,
    faults: Vec<FieldFault>,
    stream: Option<ByteStream>,
}

#[derive(Debug)]
enum Step {
    Member(&'static str),
    Key(String),
    Index(usize),
}

impl Reader {
    /// A reader at the root of a document.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A reader for a request whose payload is raw bytes.
    pub(crate) fn with_stream(stream: ByteStream) -> Self {
        Self { stream: Some(stream), ..Self::default() }
    }

    /// The payload of raw bytes; empty if the request had none, or if it was taken before.
    pub fn take_stream(&mut self) -> ByteStream {
        self.stream.take().unwrap_or_else(ByteStream::empty)
    }

    /// Notes what is wrong with the value at the present path.
    pub fn fault(&mut self, message: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(FieldFault { name: self.render_path(), message: message.into() });
        }
    }

    /// Opens a structure's members.
    pub fn members(&mut self, value: Value) -> Option<Members<'_>> {
        match value {
            Value::Object(object) => Some(Members { object, reader: self }),
            _ => {
                self.fault("must be an object");
                None
            }
        }
    }

    /// Opens a union: the name and value of its one member. Unknown members do not count.
    pub fn variant(&mut self, value: Value, names: &'static [&'static str]) -> Option<(&'static str, Value)> {
        let Value::Object(object) = value else {
            self.fault("must be an object");
            return None;
        };
        let mut set = object.into_iter().filter(|(_, value)| !value.is_null()).filter_map(|(name, value)| {
            names.iter().find(|known| **known == name).map(|known| (*known, value))
        });
        let chosen = set.next();
        if chosen.is_none() || set.next().is_some() {
            self.fault(format!("must have exactly one of the members {}", names.join(", ")));
            return None;
        }
        chosen
    }

    /// Reads a union's member.
    pub fn inside<T: FromDocument>(
        &mut self,
        member: &'static str,
        value: Value,
        rule: &'static Rule,
    ) -> Option<T> {
        self.step(Step::Member(member), value, rule)
    }

    pub(super) fn item<T: FromDocument>(
        &mut self,
        index: usize,
        value: Value,
        rule: &'static Rule,
    ) -> Option<T> {
        self.step(Step::Index(index), value, rule)
    }

    /// Reads a map's entry, its key included, which `keys` has to allow.
    pub(super) fn entry<T: FromDocument>(
        &mut self,
        key: String,
        value: Value,
        rule: &'static Rule,
    ) -> Option<(String, T)> {
        self.path.push(Step::Key(key.clone()));
        let key = match rule.keys {
            Some(keys) => String::read(Value::String(key), keys, self),
            None => Some(key),
        };
        let value = T::read(value, rule.items.unwrap_or(&crate::rule::ANY), self);
        self.path.pop();
        Some((key?, value?))
    }

    fn step<T: FromDocument>(&mut self, step: Step, value: Value, rule: &'static Rule) -> Option<T> {
        self.path.push(step);
        let read = T::read(value, rule, self);
        self.path.pop();
        read
    }

    fn missing(&mut self, member: &'static str) {
        self.path.push(Step::Member(member));
        self.fault("is required");
        self.path.pop();
    }

    fn render_path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            let dot = if path.is_empty() { "" } else { "." };
            let _infallible = match step {
                Step::Member(name) => write!(path, "{dot}{name}"),
                Step::Key(key) => write!(path, "{dot}{}", shortened(key)),
                Step::Index(index) => write!(path, "[{index}]"),
            };
        }
        path
    }

    pub(super) fn into_faults(self) -> Vec<FieldFault> {
        self.faults
    }
}

/// As much of a key as an answer repeats: keys are the caller's, and may be as long as a body.
fn shortened(key: &str) -> &str {
    const MOST: usize = 100;
    key.char_indices().nth(MOST).map_or(key, |(end, _)| &key[..end])
}

/// The members of one structure.
#[derive(Debug)]
pub struct Members<'r> {
    object: Map<String, Value>,
    reader: &'r mut Reader,
}

impl Members<'_> {
    /// A member that has to be there. `None` says that it is not, or not as it has to be; the reader knows why.
    pub fn required<T: FromDocument>(&mut self, name: &'static str, rule: &'static Rule) -> Option<T> {
        match self.take(name) {
            Some(value) => self.reader.inside(name, value, rule),
            None => {
                self.reader.missing(name);
                None
            }
        }
    }

    /// A member that may be absent or `null`.
    pub fn optional<T: FromDocument>(&mut self, name: &'static str, rule: &'static Rule) -> Option<T> {
        let value = self.take(name)?;
        self.reader.inside(name, value, rule)
    }

    /// The payload of raw bytes.
    pub fn stream(&mut self) -> ByteStream {
        self.reader.take_stream()
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }
}
