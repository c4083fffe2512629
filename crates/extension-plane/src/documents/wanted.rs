//! The document that a path names.

use fault::{Fault, Result};
use memory::knowledge::DocumentName;
use restjson::document::Members;
use restjson::rule::ANY;
use restjson::{FromDocument, Reader, Rule, Value};

use crate::memories::OfMemory;

/// The labels of an operation on one document.
#[derive(Debug)]
pub(crate) struct OfDocument {
    pub(super) memory: OfMemory,
    name: String,
}

impl OfDocument {
    /// Reads the labels.
    pub(super) fn labels(members: &mut Members<'_>) -> Option<Self> {
        let memory = OfMemory::label(members);
        let name = members.required("documentName", &ANY);
        Some(Self { memory: memory?, name: name? })
    }

    /// The document's name, whether or not there is one.
    pub(super) fn name(&self) -> Result<DocumentName> {
        DocumentName::parse(&self.name).map_err(|error| Fault::field("documentName", error.to_string()))
    }
}

impl FromDocument for OfDocument {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        Self::labels(&mut reader.members(value)?)
    }
}
