//! How shapes read from JSON documents and write to them.
//!
//! Everything a request holds is first lifted into one document; then its input type reads itself, checks each
//! member's rule and collects every violation with its path.

mod collections;
mod enumeration;
mod object;
mod reader;
mod scalars;
mod sensitive;

use fault::Fault;
use serde_json::Value;

pub use object::Object;
pub use reader::{Members, Reader};
pub use sensitive::Sensitive;

use crate::rule::{ANY, Rule};

/// A type that can be read from a document.
pub trait FromDocument: Sized {
    /// Reads and checks `value`. What is wrong with it is told to `reader`; `None` says that something was.
    fn read(value: Value, rule: &'static Rule, reader: &mut Reader) -> Option<Self>;
}

/// A type that can be written as a document.
pub trait IntoDocument {
    /// The document. Members that are absent are left out.
    fn into_document(self) -> Value;
}

/// Reads `value` with all its constraints, as services do with documents that they stored.
pub fn from_document<T: FromDocument>(value: Value) -> fault::Result<T> {
    let mut reader = Reader::new();
    let read = T::read(value, &ANY, &mut reader);
    reader.finish(read)
}

impl Reader {
    /// What was read, or a fault that names everything wrong with it.
    pub(crate) fn finish<T>(self, read: Option<T>) -> fault::Result<T> {
        let faults = self.into_faults();
        match read {
            Some(read) if faults.is_empty() => Ok(read),
            _ => Err(Fault::fields(faults)),
        }
    }
}

#[cfg(test)]
mod tests;
