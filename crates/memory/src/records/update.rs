//! Changing records by hand.

use std::collections::BTreeSet;

use fault::Result;
use ids::{AccountId, MemoryId, MemoryRecordId, Namespace};
use stdx::Timestamp;
use store::{Batch, Entry, Expect, Write};

use super::create::{checked, strategy_of};
use super::expiry;
use super::outcome::{Failure, Outcome};
use super::schema::{kept, schema_of};
use super::write::RecordChange;
use crate::memories::RecordExpiry;
use crate::model::{Definition, Record, RecordMetadata};
use crate::rows::RECORDS;
use crate::service::{Memory, retry_on_conflict};

/// What is to be changed of a record. What is not given stays.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordUpdate {
    /// Which.
    pub id: MemoryRecordId,
    /// When what it says was so.
    pub timestamp: Timestamp,
    /// What it says.
    pub text: Option<String>,
    /// Where it belongs; or nowhere.
    pub namespace: Option<Option<Namespace>>,
    /// Where it has to be now.
    pub source: Option<Namespace>,
    /// Which strategy it is of.
    pub strategy: Option<String>,
    /// What it can be filtered by, all of it.
    pub metadata: Option<RecordMetadata>,
}

impl Memory {
    /// Changes records; what is wrong with one does not keep the others from being changed.
    pub async fn update_records(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        updates: &[RecordUpdate],
        expiry: Option<RecordExpiry>,
    ) -> Result<Vec<Outcome>> {
        expiry::check(expiry)?;
        let outcomes = retry_on_conflict(|| async {
            let memory = self.definition(account, memory).await?;
            let (mut outcomes, mut changes, mut unchanged) = (Vec::new(), Vec::new(), Vec::new());
            let mut seen = BTreeSet::new();
            for update in updates {
                let failure = if seen.insert(&update.id) {
                    match self.update_of(&memory, update, expiry).await? {
                        Ok((check, change)) => {
                            unchanged.push(check);
                            changes.push(change);
                            None
                        }
                        Err(failure) => Some(failure),
                    }
                } else {
                    Some(Failure::invalid("the record is named twice in this request"))
                };
                outcomes.push(Outcome { id: update.id.clone(), request: None, failure });
            }
            let batch = Batch::new().with(unchanged).with(self.record_writes(&memory, &changes));
            self.store().commit(batch).await?;
            Ok(outcomes)
        })
        .await?;
        self.records_changed();
        Ok(outcomes)
    }

    /// The change, and what makes the batch fail if somebody else changes the record first.
    async fn update_of(
        &self,
        memory: &Definition,
        update: &RecordUpdate,
        expiry: Option<RecordExpiry>,
    ) -> Result<Result<(Write, RecordChange), Failure>> {
        let row = match self.standing_record(memory, &update.id, update.source.as_ref()).await? {
            Ok(row) => row,
            Err(failure) => return Ok(Err(failure)),
        };
        let Entry { key, value: before, revision } = row;
        let after = update.apply(memory, &before, expiry, self.now());
        Ok(after
            .map(|after| (RECORDS.check(key, Expect::At(revision)), RecordChange::Updated { before, after })))
    }
}

impl RecordUpdate {
    fn apply(
        &self,
        memory: &Definition,
        before: &Record,
        expiry: Option<RecordExpiry>,
        now: Timestamp,
    ) -> Result<Record, Failure> {
        let mut after = before.clone();
        if let Some(text) = &self.text {
            after.text = checked(text)?;
        }
        if let Some(namespace) = &self.namespace {
            after.namespace.clone_from(namespace);
        }
        let strategy = strategy_of(memory, self.strategy.as_deref())?;
        if self.strategy.is_some() {
            after.strategy = strategy.map(|strategy| strategy.id.clone());
        }
        if let Some(metadata) = &self.metadata {
            after.metadata = kept(memory, strategy.map(|strategy| schema_of(strategy, before)), metadata)?;
        }
        after.timestamp = self.timestamp;
        after.updated_at = now;
        after.expiry = expiry::of_updated(before.expiry, expiry, now);
        Ok(after)
    }
}
