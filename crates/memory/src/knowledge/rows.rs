//! What is stored of documents, and where. Their pieces are records.

use ids::MemoryRecordId;
use store::{Key, KeyRange, Space, Table};

use super::document::{Document, DocumentName};
use crate::model::Definition;

/// Documents by account, memory and name.
pub(super) const DOCUMENTS: Table<Document> = Table::new(Space::new("memory-documents"));
/// Which records the pieces of documents are, by account, memory, name and number.
pub(crate) const PIECES: Table<MemoryRecordId> = Table::new(Space::new("memory-document-pieces"));

pub(super) fn document_key(memory: &Definition, name: &DocumentName) -> Key {
    Key::of([memory.account.as_str(), memory.id.as_str(), name.as_str()])
}

pub(super) fn piece_key(memory: &Definition, name: &DocumentName, number: u32) -> Key {
    Key::of([memory.account.as_str(), memory.id.as_str(), name.as_str(), &format!("{number:06}")])
}

pub(super) fn pieces_of(memory: &Definition, name: &DocumentName) -> KeyRange {
    KeyRange::below([memory.account.as_str(), memory.id.as_str(), name.as_str()])
}

/// Who claims a document's content.
pub(super) fn claimant<'a>(account: &'a str, memory: &'a str, name: &'a str) -> [&'a str; 4] {
    ["memory-document", account, memory, name]
}
