//! A strategy's run over what is pending: its jobs, and the one batch that tells what came of them.

use std::sync::Arc;

use extraction::fact::Fact;
use extraction::preference::Preference;
use fault::{Fault, Kind, Result};
use store::{Batch, Expect, StoreError, Write};

use super::Conversation;
use super::job::{Job, Made, Trouble};
use super::look::Waiting;
use super::material::part;
use super::rows::{CURSORS, JOBS, JobRow, Partition, cursor_key, job_key};
use crate::events::SessionKey;
use crate::model::{Definition, Strategy, StrategyKind, StrategyStatus};
use crate::pending::{self, PendingRow};
use crate::rows::{MEMORIES, memory_key};
use crate::service::Memory;

/// How often a batch is made anew because the memory is being changed.
const ATTEMPTS: usize = 16;

impl Memory {
    /// Has a strategy look at pending rows.
    pub(super) async fn run(
        &self,
        session: &SessionKey,
        memory: &Arc<Definition>,
        strategy: &Strategy,
        waiting: &Waiting,
        rows: Vec<PendingRow>,
    ) -> Result<()> {
        let mut pieces = Vec::new();
        for PendingRow { pending, .. } in &rows {
            pieces.extend(self.piece(session, pending.source.clone(), pending.variables.clone()).await?);
        }
        let parts = part(strategy, pieces);
        let jobs = parts.iter().map(|(partition, material)| {
            let id = self.job_id();
            Job { id, memory, strategy, session, partition, material }
        });
        let jobs: Vec<Job<'_>> = jobs.collect();
        let _turns = self.turns_of(&jobs).await;
        let mut made = Made::default();
        for job in &jobs {
            match self.work(job).await {
                Ok(more) => {
                    made.changes.extend(more.changes);
                    made.writes.extend(more.writes);
                }
                Err(Trouble::Failed(reason)) => {
                    let row = self.failed(job, reason);
                    made.writes.push(JOBS.put(job_key(session, &job.id), &row, Expect::Absent));
                }
                Err(Trouble::Later(fault)) => return Err(fault),
                Err(Trouble::Stopping) => return Ok(()),
            }
        }
        let mut writes = progress(session, memory, strategy, waiting, &rows);
        writes.append(&mut made.writes);
        writes.extend(self.record_writes(memory, &made.changes));
        self.commit_work(session, strategy, writes, made.records()).await
    }

    /// Makes a job.
    pub(super) async fn work(&self, job: &Job<'_>) -> Result<Made, Trouble> {
        if job.material.messages.is_empty() {
            return Ok(Made::default());
        }
        match &job.strategy.kind {
            StrategyKind::Semantic(steps) => self.learn::<Fact>(job, steps).await,
            StrategyKind::UserPreference(steps) => self.learn::<Preference>(job, steps).await,
            StrategyKind::Summary(steps) => self.summarize(job, steps).await,
            StrategyKind::Episodic { steps, reflection } => self.follow(job, steps, reflection).await,
            StrategyKind::SelfManaged(wishes) => {
                let most = usize::try_from(wishes.history_messages).unwrap_or(usize::MAX);
                let past = self.history(job.session, job.material, most).await?;
                let conversation = Conversation {
                    job: &job.id,
                    strategy: job.strategy,
                    wishes,
                    session: job.session,
                    current: &job.material.messages,
                    past: &past,
                };
                let writes = self.0.extraction.deliver.deliver(self, conversation).await;
                Ok(Made { changes: Vec::new(), writes: writes.map_err(Trouble::Failed)? })
            }
        }
    }

    /// A new job's id. Later ones sort after it.
    fn job_id(&self) -> String {
        format!("{:015}-{}", self.now().as_millis().max(0), self.0.rng.alphanumeric(12))
    }

    /// The row of a job that fails.
    pub(super) fn failed(&self, job: &Job<'_>, reason: String) -> JobRow {
        let memory = &job.session.memory;
        tracing::warn!(job = %job.id, %memory, strategy = %job.strategy.id, %reason, "learning failed");
        JobRow {
            strategy: job.strategy.id.clone(),
            actor: job.session.actor.clone(),
            session: job.session.session.clone(),
            partition: Partition::clone(job.partition),
            inputs: job.material.inputs.clone(),
            reason,
            failed_at: self.now(),
            wanted: false,
        }
    }

    /// Writes what a strategy did, unless the strategy is gone. Fails if something that it was made from is not so any
    /// more: an event or a record was removed meanwhile.
    pub(super) async fn commit_work(
        &self,
        session: &SessionKey,
        strategy: &Strategy,
        writes: Vec<Write>,
        records: usize,
    ) -> Result<()> {
        let key = memory_key(&session.account, &session.memory);
        for _ in 0..ATTEMPTS {
            let Some(memory) = MEMORIES.get(self.store(), &key).await? else { return Ok(()) };
            let stands = |known: &Strategy| known.id == strategy.id && known.status == StrategyStatus::Active;
            if !memory.value.strategies.iter().any(stands) {
                return Ok(());
            }
            // The memory's row first: then a conflict there says that the memory was changed, not what it is about.
            let unchanged = MEMORIES.check(key.clone(), Expect::At(memory.revision));
            let batch = Batch::new().and(unchanged).with(writes.clone());
            match self.store().commit(batch).await {
                Ok(_) => {
                    self.records_changed();
                    self.created(&session.account, &session.memory, "Consolidation", records);
                    return Ok(());
                }
                Err(StoreError::Conflict { space, .. }) if space == MEMORIES.space() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Fault::new(Kind::RetryableConflict, "The memory is being changed all the time."))
    }
}

/// How far the strategy is after it looked at these rows, which have to be there still; what nobody waits for after
/// that goes.
fn progress(
    session: &SessionKey,
    memory: &Definition,
    strategy: &Strategy,
    waiting: &Waiting,
    rows: &[PendingRow],
) -> Vec<Write> {
    let Some(last) = rows.last().map(|row| row.arrival) else { return Vec::new() };
    let spent = |row: &PendingRow| {
        let mut others = memory.strategies.iter().filter(|other| other.id != strategy.id);
        (row.arrival <= last || !waiting.wants(strategy, row))
            && !others.any(|other| waiting.wants(other, row))
    };
    let mut writes: Vec<Write> = rows.iter().map(|row| pending::check(session, row.arrival)).collect();
    // In the front may be what nobody waits for any more because a strategy is gone.
    let gone = rows.iter().chain(&waiting.front).filter(|row| spent(row));
    writes.extend(gone.map(|row| pending::remove(session, row.arrival)));
    let key = cursor_key(session, &strategy.id);
    let before = waiting.cursors.get(&strategy.id);
    let expect = before.map_or(Expect::Absent, |(_, revision)| Expect::At(*revision));
    writes.push(CURSORS.check(key.clone(), expect));
    if waiting.more || !waiting.front.iter().all(spent) {
        writes.push(CURSORS.put(key, &last.number(), Expect::Any));
    } else {
        writes.extend(waiting.forget_cursors(session));
    }
    writes
}
