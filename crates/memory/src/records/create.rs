//! Writing records by hand.

use fault::Result;
use ids::{AccountId, MemoryId, MemoryRecordId, Namespace};
use stdx::Timestamp;
use store::Batch;
use store::idempotency::ClientToken;

use super::outcome::{Failure, Outcome};
use super::schema::kept;
use super::write::RecordChange;
use super::{expiry, expiry::Expiry};
use crate::memories::RecordExpiry;
use crate::metadata;
use crate::model::{Definition, Origin, Record, RecordMetadata, Strategy};
use crate::service::{Memory, retry_on_conflict};

/// The most characters of a record.
const LONGEST: usize = 16_000;

/// A record to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRecord {
    /// What its writer calls it, to find it in the answer.
    pub request: String,
    /// Where it belongs.
    pub namespace: Option<Namespace>,
    /// What it says.
    pub text: String,
    /// When what it says was so.
    pub timestamp: Timestamp,
    /// Which strategy it is of, if any.
    pub strategy: Option<String>,
    /// What it can be filtered by.
    pub metadata: RecordMetadata,
}

impl Memory {
    /// Writes records; what is wrong with one does not keep the others from being written.
    pub async fn create_records(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        records: Vec<NewRecord>,
        expiry: Option<RecordExpiry>,
        token: Option<&ClientToken>,
    ) -> Result<Vec<Outcome>> {
        if let Some(first) = self.once().first(token).await? {
            return Ok(first);
        }
        expiry::check(expiry)?;
        let outcomes = retry_on_conflict(|| async {
            let memory = self.definition(account, memory).await?;
            let now = self.now();
            let (mut outcomes, mut changes) = (Vec::new(), Vec::new());
            for record in &records {
                let id = MemoryRecordId::generate(&*self.0.rng);
                let made = record.make(&memory, id.clone(), expiry::of_new(expiry, now), now);
                outcomes.push(Outcome {
                    id,
                    request: Some(record.request.clone()),
                    failure: made.map(|record| changes.push(RecordChange::Created(record))).err(),
                });
            }
            let batch = Batch::new().with(self.record_writes(&memory, &changes));
            self.once().commit(token, batch, outcomes).await
        })
        .await?;
        self.records_changed();
        let made = outcomes.iter().filter(|outcome| outcome.failure.is_none()).count();
        self.created(account, memory, "BatchCreateMemoryRecords", made);
        Ok(outcomes)
    }
}

impl NewRecord {
    fn make(
        &self,
        memory: &Definition,
        id: MemoryRecordId,
        expiry: Expiry,
        now: Timestamp,
    ) -> Result<Record, Failure> {
        let strategy = strategy_of(memory, self.strategy.as_deref())?;
        Ok(Record {
            id,
            text: checked(&self.text)?,
            strategy: strategy.map(|strategy| strategy.id.clone()),
            namespace: self.namespace.clone(),
            metadata: kept(memory, strategy.map(|strategy| &*strategy.schema), &self.metadata)?,
            timestamp: self.timestamp,
            created_at: now,
            updated_at: now,
            expiry,
            origin: Origin::Written,
        })
    }
}

pub(super) fn checked(text: &str) -> Result<String, Failure> {
    if (1..=LONGEST).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(Failure::invalid(format!("content.text must have 1 to {LONGEST} characters")))
}

pub(super) fn strategy_of<'a>(
    memory: &'a Definition,
    strategy: Option<&str>,
) -> Result<Option<&'a Strategy>, Failure> {
    let Some(id) = strategy.filter(|strategy| *strategy != metadata::NO_STRATEGY) else { return Ok(None) };
    let found = memory.strategies.iter().find(|strategy| strategy.id.as_str() == id);
    let none = || Failure::not_found(format!("The memory {} has no strategy {id}.", memory.id));
    found.map(Some).ok_or_else(none)
}
