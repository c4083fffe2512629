//! Looking at documents.

use fault::Result;
use ids::{AccountId, MemoryId};
use store::KeyRange;

use super::document::{Document, DocumentName};
use super::rows::{DOCUMENTS, document_key};
use crate::service::Memory;

/// Some of a memory's documents.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentPage {
    /// The documents, in the order of their names.
    pub documents: Vec<Document>,
    /// The name to list after, for those that follow; `None` if there are none.
    pub next: Option<DocumentName>,
}

impl Memory {
    /// At most `limit` documents, from the one after `after` on.
    pub async fn list_documents(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        after: Option<&DocumentName>,
        limit: usize,
    ) -> Result<DocumentPage> {
        let memory = self.definition(account, memory).await?;
        let mut range = KeyRange::below([account.as_str(), memory.id.as_str()]);
        if let Some(after) = after {
            range = range.after(document_key(&memory, after));
        }
        let mut rows = DOCUMENTS.list(self.store(), &range, limit + 1).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let documents: Vec<Document> = rows.into_iter().map(|row| row.value).collect();
        let next = documents.last().filter(|_| more).map(|last| last.name.clone());
        Ok(DocumentPage { documents, next })
    }

    /// One document.
    pub async fn get_document(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        name: &DocumentName,
    ) -> Result<Document> {
        let memory = self.definition(account, memory).await?;
        let found = DOCUMENTS.get(self.store(), &document_key(&memory, name)).await?;
        found.map(|row| row.value).ok_or_else(|| memory.no_document(name))
    }
}
