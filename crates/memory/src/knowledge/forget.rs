//! What becomes of documents whose memory goes.

use fault::Result;
use ids::{AccountId, MemoryId};
use store::{Batch, Expect, KeyRange, claims};

use super::rows::{DOCUMENTS, claimant};
use crate::service::Memory;

/// How many documents go in one step.
const STEP: usize = 500;

impl Memory {
    /// Takes away the documents of a memory that is gone, and their claims. Their pieces go as records do.
    pub(crate) async fn forget_documents(&self, account: &AccountId, memory: &MemoryId) -> Result<()> {
        let below = KeyRange::below([account.as_str(), memory.as_str()]);
        loop {
            let rows = DOCUMENTS.list(self.store(), &below, STEP).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut batch = Batch::new();
            for row in rows {
                let owner = claimant(account.as_str(), memory.as_str(), row.value.name.as_str());
                batch = batch
                    .and(claims::release(&row.value.digest, &owner))
                    .and(DOCUMENTS.delete(row.key, Expect::Any));
            }
            self.store().commit(batch).await?;
        }
    }
}
