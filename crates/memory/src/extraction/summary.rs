//! The summary strategy: one record for each session, which grows with it.

use extraction::Metadata;
use extraction::conversation::windows;
use extraction::summary::{Summarizing, Topic, merge, parse, print};
use ids::{MemoryRecordId, Namespace};
use store::Expect;

use super::job::{Job, Made, Step, Trouble};
use super::learn::WINDOW;
use super::rows::{SUMMARIES, SummaryRow, kept_key};
use super::schema;
use super::write::Wish;
use crate::model::{Origin, Record, Steps};
use crate::records::RecordChange;
use crate::rows::{RECORDS, record_key};
use crate::service::Memory;

/// What is kept of a session.
#[derive(Default)]
struct Kept {
    row: SummaryRow,
    expect: Option<Expect>,
    record: Option<Record>,
    topics: Vec<Topic>,
}

impl Memory {
    /// Adds to the session's summary how it went on.
    pub(super) async fn summarize(&self, job: &Job<'_>, steps: &Steps) -> Result<Made, Trouble> {
        let step = Step::consolidation(steps.consolidation.as_ref());
        let namespace = job.namespace(&job.strategy.namespace)?;
        let schema = schema::inferred(&job.strategy.schema);
        let mut kept = self.kept(job, &namespace).await?;
        let mut new = Vec::new();
        let mut metadata = Metadata::new();
        for current in windows(&job.material.messages, WINDOW) {
            let known: Vec<Topic> = kept.topics.iter().chain(&new).cloned().collect();
            let asked = Summarizing {
                instructions: step.instructions(),
                schema: &schema,
                global: &kept.row.global,
                topics: &known,
                current,
            };
            let delta = self.ask(job, step, &asked.prompt(), |answer| asked.read(answer)).await?;
            kept.row.global = delta.global;
            new.extend(delta.topics);
            metadata.extend(delta.metadata);
        }
        Ok(self.grow(job, step, &namespace, kept, new, &metadata))
    }

    async fn kept(&self, job: &Job<'_>, namespace: &Namespace) -> Result<Kept, Trouble> {
        let key = kept_key(job.session, &job.strategy.id, namespace.as_str());
        let stored = SUMMARIES.get(self.store(), &key).await.map_err(fault::Fault::from)?;
        let Some(row) = stored else { return Ok(Kept::default()) };
        let record = match &row.value.record {
            Some(id) => {
                let found = RECORDS.get(self.store(), &record_key(job.memory, id)).await;
                found.map_err(fault::Fault::from)?.map(|row| row.value)
            }
            None => None,
        };
        let record = record.filter(|record| !record.is_over(self.now()));
        let topics = record.as_ref().map(|record| parse(&record.text)).unwrap_or_default();
        Ok(Kept { row: row.value, expect: Some(Expect::At(row.revision)), record, topics })
    }

    /// The record with what is new; and another one with what does not fit it.
    fn grow(
        &self,
        job: &Job<'_>,
        step: Step<'_>,
        namespace: &Namespace,
        mut kept: Kept,
        mut new: Vec<Topic>,
        metadata: &Metadata,
    ) -> Made {
        let mut made = Made::default();
        while !new.is_empty() {
            let rest = merge(&mut kept.topics, new);
            let wish = Wish {
                step,
                namespace,
                text: print(&kept.topics),
                metadata: metadata.clone(),
                events: job.material.events(),
                timestamp: job.material.latest().unwrap_or_else(|| self.now()),
            };
            let changes = self.keep(job, wish, kept.record.take());
            kept.row.record = created(&changes);
            made.changes.extend(changes);
            kept.topics.clear();
            new = rest;
        }
        let key = kept_key(job.session, &job.strategy.id, namespace.as_str());
        made.writes.push(SUMMARIES.put(key, &kept.row, kept.expect.unwrap_or(Expect::Absent)));
        made
    }
}

fn created(changes: &[RecordChange]) -> Option<MemoryRecordId> {
    changes.iter().find_map(|change| match change {
        RecordChange::Created(record) if matches!(record.origin, Origin::Extracted { .. }) => {
            Some(record.id.clone())
        }
        _ => None,
    })
}
