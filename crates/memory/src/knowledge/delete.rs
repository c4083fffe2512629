//! Removing a document with its pieces.

use fault::Result;
use ids::{AccountId, MemoryId};
use store::{Batch, Expect, claims};

use super::document::DocumentName;
use super::rows::{DOCUMENTS, claimant, document_key};
use crate::service::{Memory, retry_on_conflict};

impl Memory {
    /// Removes a document. When this returns none of its pieces is a record any more.
    pub async fn delete_document(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        name: &DocumentName,
    ) -> Result<()> {
        retry_on_conflict(|| async {
            let memory = self.definition(account, memory).await?;
            let key = document_key(&memory, name);
            let found = DOCUMENTS.get(self.store(), &key).await?;
            let document = found.ok_or_else(|| memory.no_document(name))?;
            let owner = claimant(account.as_str(), memory.id.as_str(), name.as_str());
            let (changes, gone) = self.removed_pieces(&memory, name).await?;
            let batch = Batch::new()
                .and(DOCUMENTS.delete(key, Expect::At(document.revision)))
                .and(claims::release(&document.value.digest, &owner))
                .with(gone)
                .with(self.record_writes(&memory, &changes));
            self.store().commit(batch).await?;
            Ok(())
        })
        .await?;
        self.records_changed();
        Ok(())
    }
}
