//! Jobs that failed: listed, and made again when somebody asks for it.

use std::collections::BTreeSet;

use fault::{Fault, Result};
use ids::{AccountId, ActorId, EventId, MemoryId, MemorySessionId, StrategyId};
use stdx::Timestamp;
use store::idempotency::ClientToken;
use store::{Batch, Entry, Expect, KeyRange, Write};

use super::job::{Job, Trouble};
use super::material::Material;
use super::rows::{JOBS, JobRow, WANTED, job_key, wanted_key};
use super::state::Tally;
use crate::events::SessionKey;
use crate::model::StrategyStatus;
use crate::pending::Source;
use crate::service::Memory;

/// How many rows are looked at in one go.
const CHUNK: usize = 200;
/// How many earlier jobs are made together with one; the others wait to be asked for.
const MOST_EARLIER: usize = 50;

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
        self.definition(account, memory).await?;
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
                if row.value.wanted || !filter.holds(&row.value) {
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
        if let Some(first) = self.first(token).await? {
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
        let id = self.commit_first(token, batch, job.to_owned()).await?;
        self.0.extraction.note(session, Tally { at_once: true, ..Tally::default() });
        self.0.unextracted.notify_one();
        Ok(id)
    }

    /// Sessions in which jobs are to be made again.
    pub(super) async fn wanted_sessions(&self) -> Result<BTreeSet<SessionKey>> {
        let mut sessions = BTreeSet::new();
        let mut range = KeyRange::all();
        loop {
            let rows = WANTED.list(self.store(), &range, CHUNK).await?;
            let Some(last) = rows.last() else { return Ok(sessions) };
            range = range.after(last.key.clone());
            sessions.extend(rows.iter().filter_map(|row| SessionKey::of_segments(row.key.segments())));
        }
    }

    /// Makes the jobs of a session again that are wanted.
    pub(super) async fn restart_wanted(&self, session: &SessionKey) -> Result<()> {
        let below = KeyRange::below(session.segments());
        for wanted in WANTED.list(self.store(), &below, usize::MAX).await? {
            let id = wanted.key.last().to_owned();
            match JOBS.get(self.store(), &job_key(session, &id)).await? {
                Some(row) => self.again(session, &id, row).await?,
                // It was made together with a later one.
                None => {
                    let away = WANTED.delete(wanted.key, Expect::At(wanted.revision));
                    self.store().commit(Batch::new().and(away)).await?;
                }
            }
        }
        Ok(())
    }

    async fn again(&self, session: &SessionKey, id: &str, row: Entry<JobRow>) -> Result<()> {
        let memory = self.definition(&session.account, &session.memory).await?;
        let stands = |status| status == StrategyStatus::Active;
        let strategy = memory.strategies.iter().find(|known| known.id == row.value.strategy);
        let Some(strategy) = strategy.filter(|strategy| stands(strategy.status)) else {
            let gone = Batch::new()
                .and(JOBS.delete(row.key, Expect::Any))
                .and(WANTED.delete(wanted_key(session, id), Expect::Any));
            self.store().commit(gone).await?;
            return Ok(());
        };
        let rows = self.with_earlier(session, row).await?;
        let material = self.material_of(session, &rows).await?;
        let partition = &rows.last().expect("the job itself is the last").value.partition;
        let id = id.to_owned();
        let job = Job { id, memory: &memory, strategy, session, partition, material: &material };
        let not_wanted = WANTED.delete(wanted_key(session, &job.id), Expect::Any);
        let writes = match self.work(&job).await {
            Ok(made) => {
                let mut writes = self.record_writes(&memory, &made.changes);
                writes.extend(made.writes);
                writes.extend(rows.iter().map(|row| JOBS.delete(row.key.clone(), Expect::At(row.revision))));
                writes
            }
            Err(Trouble::Failed(reason)) => {
                let failed = self.failed(&job, reason);
                let row = rows.last().expect("the job itself is the last");
                // What failed before it stays a job of its own.
                let failed = JobRow { inputs: row.value.inputs.clone(), ..failed };
                vec![JOBS.put(row.key.clone(), &failed, Expect::At(row.revision))]
            }
            Err(Trouble::Later(fault)) => return Err(fault),
            Err(Trouble::Stopping) => return Ok(()),
        };
        let writes: Vec<Write> = std::iter::once(not_wanted).chain(writes).collect();
        // If the strategy is gone, its rows go with it.
        self.commit_work(session, strategy, writes).await
    }

    /// A job with those of the same conversation and partition that failed before it, the oldest first.
    async fn with_earlier(&self, session: &SessionKey, row: Entry<JobRow>) -> Result<Vec<Entry<JobRow>>> {
        let below = KeyRange::below([session.account.as_str(), session.memory.as_str()]);
        let mut range = KeyRange { to: std::ops::Bound::Excluded(row.key.clone()), ..below };
        let mut rows = Vec::new();
        while rows.len() < MOST_EARLIER {
            let earlier = JOBS.list(self.store(), &range, CHUNK).await?;
            let Some(last) = earlier.last() else { break };
            range = range.after(last.key.clone());
            rows.extend(earlier.into_iter().filter(|earlier| earlier.value.belongs_with(&row.value)));
        }
        rows.truncate(MOST_EARLIER);
        rows.push(row);
        Ok(rows)
    }

    async fn material_of(&self, session: &SessionKey, rows: &[Entry<JobRow>]) -> Result<Material> {
        let mut material = Material::default();
        for row in rows {
            for input in &row.value.inputs {
                let variables = row.value.partition.variables.clone();
                if let Some(piece) = self.piece(session, input.source.clone(), variables).await? {
                    material.add(piece);
                }
            }
        }
        Ok(material)
    }
}

impl JobRow {
    /// Whether both are of one strategy and one conversation, and may be mixed.
    fn belongs_with(&self, other: &Self) -> bool {
        (&self.strategy, &self.actor, &self.session, &self.partition)
            == (&other.strategy, &other.actor, &other.session, &other.partition)
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
