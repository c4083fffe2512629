//! Removing records.

use std::collections::BTreeSet;

use fault::{Fault, Result};
use ids::{AccountId, MemoryId, MemoryRecordId, Namespace};
use store::Batch;

use super::outcome::{Failure, Outcome};
use super::write::RecordChange;
use crate::service::{Memory, retry_on_conflict};

/// A record to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRemoval {
    /// Which.
    pub id: MemoryRecordId,
    /// Where it has to be now.
    pub namespace: Option<Namespace>,
}

impl Memory {
    /// Removes records; what is wrong with one does not keep the others from being removed.
    pub async fn delete_records(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        removals: &[RecordRemoval],
    ) -> Result<Vec<Outcome>> {
        let outcomes = retry_on_conflict(|| async {
            let memory = self.definition(account, memory).await?;
            let (mut outcomes, mut changes, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
            for removal in removals {
                let found = self.standing_record(&memory, &removal.id, removal.namespace.as_ref()).await?;
                let failure = match found {
                    Ok(_) if !seen.insert(&removal.id) => {
                        Some(Failure::invalid("the record is named twice in this request"))
                    }
                    Ok(row) => {
                        changes.push(RecordChange::Removed(row.value));
                        None
                    }
                    Err(failure) => Some(failure),
                };
                outcomes.push(Outcome { id: removal.id.clone(), request: None, failure });
            }
            self.store().commit(Batch::new().with(self.record_writes(&memory, &changes))).await?;
            Ok(outcomes)
        })
        .await?;
        self.records_changed();
        Ok(outcomes)
    }

    /// Removes one record.
    pub async fn delete_record(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        removal: RecordRemoval,
    ) -> Result<()> {
        let outcomes = self.delete_records(account, memory, &[removal]).await?;
        let failure = outcomes.into_iter().find_map(|outcome| outcome.failure);
        failure.map_or(Ok(()), |failure| Err(Fault::not_found(failure.message)))
    }
}
