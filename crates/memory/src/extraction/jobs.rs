//! Jobs that failed: listed, and to be made again when somebody asks for it.

use fault::{Fault, Result};
use ids::{AccountId, ActorId, EventId, MemoryId, MemorySessionId, StrategyId};
use stdx::Timestamp;
use store::idempotency::ClientToken;
use store::{Batch, Entry, Expect, KeyRange};

use super::rows::{JOBS, JobRow, WANTED, wanted_key};
use super::state::Tally;
use crate::events::SessionKey;
use crate::pending::Source;
use crate::service::Memory;

/// How many rows are looked at in one go.
const CHUNK: usize = 200;

/// A job that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedJob {
    /// Its id.
    pub id: String,
    /// Of which strategy.
    pub strategy: StrategyId,
    /// Whose conversation.
    pub actor: ActorId,
    /// In which session.
    pub session: MemorySessionId,
    /// Why it failed.
    pub reason: String,
    /// When.
    pub failed_at: Timestamp,
    /// What it is made from, as far as that are events.
    pub messages: Vec<SourceMessage>,
}

/// A part of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceMessage {
    /// The event.
    pub event: EventId,
    /// Which part of its payload, from 0.
    pub index: u32,
}

/// Which jobs are wanted. What is not set does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Those of this strategy,
    pub strategy: Option<String>,
    /// of this actor,
    pub actor: Option<String>,
    /// in this session.
    pub session: Option<String>,
}

/// Some of the jobs that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPage {
    /// The jobs, the oldest first.
    pub jobs: Vec<FailedJob>,
    /// What to list after, for those that follow; `None` if there are none.
    pub next: Option<String>,
}

impl Memory {
    /// At most `limit` jobs that failed and are not being made again, from the one after `after` on.
    pub async fn list_failed_jobs(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        filter: &JobFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<JobPage> {
        let definition = self.definition(account, memory).await?;
        let below = [account.as_str(), memory.as_str()];
        let mut range = KeyRange::below(below);
        if let Some(after) = after {
            range = range.after(store::Key::of(below.into_iter().chain([after])));
        }
        let mut jobs: Vec<FailedJob> = Vec::new();
        loop {
            let rows = JOBS.list(self.store(), &range, CHUNK).await?;
            let last = rows.len() < CHUNK;
            for row in rows {
                range = range.after(row.key.clone());
                let over = row.value.is_over(&definition, self.now());
                if over || row.value.wanted || !filter.holds(&row.value) {
                    continue;
                }
                if jobs.len() == limit {
                    let next = jobs.last().map(|job| job.id.clone());
                    return Ok(JobPage { jobs, next });
                }
                jobs.push(FailedJob::of(row));
            }
            if last {
                return Ok(JobPage { jobs, next: None });
            }
        }
    }

    /// Has a job made again that failed, together with those of the same conversation that failed before it. When this
    /// returns it is certain to happen.
    pub async fn restart_job(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        job: &str,
        token: Option<&ClientToken>,
    ) -> Result<String> {
        if let Some(first) = self.once().first(token).await? {
            return Ok(first);
        }
        let definition = self.definition(account, memory).await?;
        let key = store::Key::of([account.as_str(), memory.as_str(), job]);
        let unknown = || Fault::not_found(format!("The memory {memory} has no failed extraction job {job}."));
        let row = JOBS.get(self.store(), &key).await?.ok_or_else(unknown)?;
        let JobRow { strategy, actor, session, .. } = &row.value;
        if !definition.strategies.iter().any(|known| known.id == *strategy) {
            return Err(unknown());
        }
        let (account, memory) = (account.clone(), memory.clone());
        let session = SessionKey { account, memory, actor: actor.clone(), session: session.clone() };
        let wanted = JobRow { wanted: true, ..row.value };
        let batch = Batch::new()
            .and(definition.standing())
            .and(JOBS.put(key, &wanted, Expect::At(row.revision)))
            .and(WANTED.put(wanted_key(&session, job), &(), Expect::Any));
        let id = self.once().commit(token, batch, job.to_owned()).await?;
        self.0.extraction.note(session, Tally { at_once: true, ..Tally::default() });
        self.0.unextracted.notify_one();
        Ok(id)
    }
}

impl FailedJob {
    fn of(row: Entry<JobRow>) -> Self {
        let id = row.key.last().to_owned();
        let JobRow { strategy, actor, session, inputs, reason, failed_at, .. } = row.value;
        let messages = inputs.into_iter().flat_map(|input| {
            let event = match input.source {
                Source::Event(event) => Some(event),
                Source::Ingested { .. } => None,
            };
            let message = move |index| Some(SourceMessage { event: event.clone()?, index });
            input.parts.into_iter().filter_map(message).collect::<Vec<_>>()
        });
        Self { id, strategy, actor, session, reason, failed_at, messages: messages.collect() }
    }
}

impl JobFilter {
    fn holds(&self, job: &JobRow) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        is(&self.strategy, job.strategy.as_str())
            && is(&self.actor, job.actor.as_str())
            && is(&self.session, job.session.as_str())
    }
}
