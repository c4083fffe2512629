//! Records that strategies write.

use std::time::Duration;

use extraction::Metadata;
use extraction::learn::Existing;
use ids::{EventId, MemoryRecordId, Namespace};
use stdx::Timestamp;

use super::job::{Job, Step};
use super::schema;
use crate::model::{Origin, Record};
use crate::records::RecordChange;
use crate::service::Memory;

/// The most events that a record names as its origin.
const MOST_EVENTS: usize = 100;

/// What a strategy wants to keep.
pub(super) struct Wish<'a> {
    pub(super) step: Step<'a>,
    pub(super) namespace: &'a Namespace,
    pub(super) text: String,
    pub(super) metadata: Metadata,
    pub(super) events: Vec<EventId>,
    /// When it was so.
    pub(super) timestamp: Timestamp,
}

impl Memory {
    /// Keeps something, in place of a record if it takes the place of one: that one goes, for nobody who follows
    /// records is to take the new one for an edit of it.
    pub(super) fn keep(
        &self,
        job: &Job<'_>,
        wish: Wish<'_>,
        instead_of: Option<Record>,
    ) -> Vec<RecordChange> {
        let now = self.now();
        let mut metadata = instead_of.as_ref().map(|old| old.metadata.clone()).unwrap_or_default();
        metadata.extend(schema::metadata(wish.metadata, job.partition));
        let mut events = match instead_of.as_ref().map(|old| &old.origin) {
            Some(Origin::Extracted { events, .. }) => events.clone(),
            _ => Vec::new(),
        };
        events.extend(wish.events);
        events.sort();
        events.dedup();
        let surplus = events.len().saturating_sub(MOST_EVENTS);
        events.drain(..surplus);
        let lasts = |days: u32| Duration::from_hours(24).saturating_mul(days);
        let record = Record {
            id: MemoryRecordId::generate(&*self.0.rng),
            text: wish.text,
            strategy: Some(job.strategy.id.clone()),
            namespace: Some(wish.namespace.clone()),
            metadata,
            timestamp: wish.timestamp,
            created_at: now,
            updated_at: now,
            expiry: job.strategy.record_expiry_days.map(|days| (now.plus(lasts(days)), days)),
            origin: Origin::Extracted {
                job: job.id.clone(),
                events,
                model: wish.step.model(&self.0.options.model).to_owned(),
                step: wish.step.name.to_owned(),
                supersedes: instead_of.iter().map(|old| old.id.clone()).collect(),
            },
        };
        let removed = instead_of.map(RecordChange::Removed);
        removed.into_iter().chain([RecordChange::Created(record)]).collect()
    }
}

/// A record as models get to see it.
pub(super) fn shown(record: &Record) -> Existing {
    Existing { id: record.id.to_string(), at: record.timestamp, text: record.text.clone() }
}
