//! The records that a document's pieces are.

use fault::Result;
use ids::{AccountId, MemoryId};
use store::{Expect, Write};

use super::document::DocumentName;
use super::rows::{PIECES, pieces_of};
use crate::model::{Definition, Record};
use crate::records::RecordChange;
use crate::rows::{RECORDS, record_key};
use crate::service::Memory;

impl Memory {
    /// What a document's records are, in order; without those that somebody removed.
    pub async fn document_pieces(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        name: &DocumentName,
    ) -> Result<Vec<Record>> {
        let memory = self.definition(account, memory).await?;
        let mut records = Vec::new();
        for piece in PIECES.list(self.store(), &pieces_of(&memory, name), usize::MAX).await? {
            let record = RECORDS.get(self.store(), &record_key(&memory, &piece.value)).await?;
            records.extend(record.map(|record| record.value));
        }
        Ok(records)
    }

    /// The removal of a document's records, and of the rows that say which these are.
    pub(super) async fn removed_pieces(
        &self,
        memory: &Definition,
        name: &DocumentName,
    ) -> Result<(Vec<RecordChange>, Vec<Write>)> {
        let (mut changes, mut gone) = (Vec::new(), Vec::new());
        for piece in PIECES.list(self.store(), &pieces_of(memory, name), usize::MAX).await? {
            let key = record_key(memory, &piece.value);
            if let Some(record) = RECORDS.get(self.store(), &key).await? {
                gone.push(RECORDS.check(key, Expect::At(record.revision)));
                changes.push(RecordChange::Removed(record.value));
            }
            gone.push(PIECES.delete(piece.key, Expect::Any));
        }
        Ok((changes, gone))
    }
}
