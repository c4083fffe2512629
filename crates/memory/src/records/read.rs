//! Looking a record up.

use ::search::place::is_within;
use fault::{Fault, Result};
use ids::{AccountId, MemoryId, MemoryRecordId, Namespace};
use store::Entry;

use super::outcome::Failure;
use crate::model::{Definition, Record};
use crate::rows::{RECORDS, record_key};
use crate::service::Memory;

impl Memory {
    /// A record, which has to be in or below the namespace if one is named.
    pub async fn get_record(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        id: &MemoryRecordId,
        namespace: Option<&Namespace>,
    ) -> Result<Record> {
        let memory = self.definition(account, memory).await?;
        let found = self.standing_record(&memory, id, namespace).await?;
        found.map(|row| row.value).map_err(|failure| Fault::not_found(failure.message))
    }

    /// A record whose time is not over, and which is in or below the namespace if one is named.
    pub(super) async fn standing_record(
        &self,
        memory: &Definition,
        id: &MemoryRecordId,
        namespace: Option<&Namespace>,
    ) -> Result<Result<Entry<Record>, Failure>> {
        let now = self.now();
        let row = RECORDS.get(self.store(), &record_key(memory, id)).await?;
        let is_there = |record: &Record| {
            let place = record.namespace.as_ref().map_or("", |place| place.as_str());
            namespace.is_none_or(|namespace| is_within(place, namespace.as_str()))
        };
        let found = row.filter(|row| !row.value.is_over(now) && is_there(&row.value));
        Ok(found.ok_or_else(|| Failure::not_found(format!("There is no memory record {id} there."))))
    }
}
