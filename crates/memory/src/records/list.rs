//! Listing records, place by place and newest first in each.
//!
//! A page ends at a row's key, not after a number of rows: what is written or removed meanwhile neither shows a record
//! twice nor hides one.

use std::ops::Bound;

use fault::Result;
use ids::{AccountId, MemoryId, MemoryRecordId};
use store::{Key, KeyRange};

use super::scope::{Place, RecordQuery, Wanted};
use crate::model::{Definition, Record};
use crate::rows::{PLACES, RECORDS, place_key, record_key};
use crate::service::Memory;

/// How many places are read in one step.
const STEP: usize = 128;
/// After how many places a page ends, however few of them were asked for.
const MOST: usize = 4_096;

/// Some records.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordPage {
    /// The records.
    pub records: Vec<Record>,
    /// Where the next page begins; the last page has none. A page may be empty and have one.
    pub next: Option<String>,
}

impl Memory {
    /// At most `limit` records, from where the last page ended.
    pub async fn list_records(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        query: &RecordQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<RecordPage> {
        let memory = self.definition(account, memory).await?;
        let wanted = query.understand(&memory, "metadataFilters")?;
        let after = after.map(|after| key_of(&memory, after));
        let (mut records, mut seen) = (Vec::new(), 0);
        for run in runs(&memory, &query.place) {
            let Some(mut run) = rest_of(run, after.as_ref()) else { continue };
            loop {
                let step = if wanted.narrows() { STEP } else { (limit + 1 - records.len()).min(STEP) };
                let places = PLACES.list(self.store(), &run, step).await?;
                let Some(last) = places.last().map(|place| place.key.clone()) else { break };
                let last_step = places.len() < step;
                seen += places.len();
                let keys = places.into_iter().map(|place| place.key).collect();
                records.extend(self.records_in(&memory, keys, &wanted).await?);
                if records.len() > limit {
                    records.truncate(limit);
                    let next = records.last().map(|record| position(&place_key(&memory, record)));
                    return Ok(RecordPage { records, next });
                }
                if seen >= MOST {
                    return Ok(RecordPage { records, next: Some(position(&last)) });
                }
                if last_step {
                    break;
                }
                run = run.after(last);
            }
        }
        Ok(RecordPage { records, next: None })
    }

    /// The records of these places that are asked for.
    async fn records_in(
        &self,
        memory: &Definition,
        places: Vec<Key>,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<Record>> {
        let now = self.now();
        let key = |place: &Key| Some(record_key(memory, &MemoryRecordId::parse(place.last()).ok()?));
        let (keys, places): (Vec<_>, Vec<_>) =
            places.into_iter().filter_map(|place| Some((key(&place)?, place))).unzip();
        let rows = RECORDS.get_many(self.store(), &keys).await?;
        let records = rows.into_iter().zip(places).filter_map(|(row, place)| {
            // It may have moved since its place was read.
            row.map(|row| row.value).filter(|record| place_key(memory, record) == place)
        });
        Ok(records.filter(|record| wanted.has(record, now)).collect())
    }
}

/// The keys of a place, in ascending runs.
fn runs(memory: &Definition, place: &Place) -> Vec<KeyRange> {
    let (account, id) = (memory.account.as_str(), memory.id.as_str());
    let at = |namespace: &str| KeyRange::below([account, id, namespace]);
    let path = match place {
        Place::At(namespace) => return vec![at(namespace.as_str())],
        Place::Below(path) => path.as_str().trim_end_matches('/'),
    };
    if path.is_empty() {
        return vec![KeyRange::below([account, id])];
    }
    // What is below begins with the path and a slash; `0` is the character after it.
    let below = KeyRange {
        from: Bound::Included(Key::of([account, id, &format!("{path}/")])),
        to: Bound::Excluded(Key::of([account, id, &format!("{path}0")])),
    };
    vec![at(path), below]
}

/// What of a run comes after a key.
fn rest_of(run: KeyRange, after: Option<&Key>) -> Option<KeyRange> {
    let Some(after) = after else { return Some(run) };
    if run.contains(after) {
        return Some(run.after(after.clone()));
    }
    let over = matches!(&run.to, Bound::Excluded(to) if to <= after);
    (!over).then_some(run)
}

/// A place's key without account and memory. No segment has a space.
fn position(place: &Key) -> String {
    place.segments().skip(2).collect::<Vec<_>>().join(" ")
}

fn key_of(memory: &Definition, position: &str) -> Key {
    Key::of([memory.account.as_str(), memory.id.as_str()].into_iter().chain(position.split(' ')))
}
