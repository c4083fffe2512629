//! Making jobs again that failed.

use std::collections::BTreeSet;
use std::ops::Bound;

use fault::Result;
use store::{Batch, Entry, Expect, KeyRange, Write};

use super::job::{Job, Trouble};
use super::material::Material;
use super::rows::{JOBS, JobRow, WANTED, job_key, wanted_key};
use crate::events::SessionKey;
use crate::model::StrategyStatus;
use crate::service::Memory;

/// How many rows are looked at in one go.
const CHUNK: usize = 200;
/// How many earlier jobs are made together with one; the others wait to be asked for.
const MOST_EARLIER: usize = 50;

impl Memory {
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
        let _turns = self.turns_of(std::slice::from_ref(&job)).await;
        let not_wanted = WANTED.delete(wanted_key(session, &job.id), Expect::Any);
        let mut records = 0;
        let writes = match self.work(&job).await {
            Ok(made) => {
                records = made.records();
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
        self.commit_work(session, strategy, writes, records).await
    }

    /// A job with those of the same conversation and partition that failed before it, the oldest first.
    async fn with_earlier(&self, session: &SessionKey, row: Entry<JobRow>) -> Result<Vec<Entry<JobRow>>> {
        let below = KeyRange::below([session.account.as_str(), session.memory.as_str()]);
        let mut range = KeyRange { to: Bound::Excluded(row.key.clone()), ..below };
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
