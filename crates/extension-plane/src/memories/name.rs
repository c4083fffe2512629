//! The memory that a path names.

use fault::{Fault, Result};
use ids::MemoryId;
use restjson::document::Members;
use restjson::rule::ANY;
use restjson::{FromDocument, Reader, Rule, Value};

/// The label of an operation on one memory.
#[derive(Debug)]
pub(crate) struct OfMemory(String);

impl OfMemory {
    /// Reads the label.
    pub(crate) fn label(members: &mut Members<'_>) -> Option<Self> {
        members.required("memoryId", &ANY).map(Self)
    }

    /// The memory's id, whether or not there is one. What cannot be an id is one that does not exist.
    pub(crate) fn id(&self) -> Result<MemoryId> {
        MemoryId::parse(&self.0).map_err(|_| Fault::not_found(format!("There is no memory {}.", self.0)))
    }
}

impl FromDocument for OfMemory {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        Self::label(&mut reader.members(value)?)
    }
}
