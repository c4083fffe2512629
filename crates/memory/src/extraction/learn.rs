//! The semantic and the user preference strategy: things learned one at a time.

use std::collections::{HashMap, HashSet};

use extraction::conversation::windows;
use extraction::learn::{Candidate, Consolidation, Extraction, Item, Learned, Operation, known};
use extraction::{Key, Message};
use ids::Namespace;
use stdx::Timestamp;

use super::job::{Job, Made, Step, Trouble};
use super::schema;
use super::write::{Wish, shown};
use crate::model::{Record, Steps};
use crate::service::Memory;

/// How much of a conversation is read at once, in bytes.
pub(super) const WINDOW: usize = 48 * 1024;
/// How many earlier messages are shown for context,
const CONTEXT: usize = 6;
/// and how much of each, in bytes.
const LONGEST_CONTEXT: usize = 2_000;
/// How many records a new thing is compared with.
const SIMILAR: usize = 5;
/// How many new things are decided about at once.
const TOGETHER: usize = 10;

/// What has been decided so far.
struct Learning<'a> {
    job: &'a Job<'a>,
    step: Step<'a>,
    namespace: Namespace,
    schema: Vec<Key>,
    /// Records that have a successor.
    gone: HashSet<String>,
    /// Texts that are written.
    written: HashSet<String>,
    made: Made,
}

impl Memory {
    /// Takes what is worth keeping from the conversation, and brings it together with what is kept.
    pub(super) async fn learn<T>(&self, job: &Job<'_>, steps: &Steps) -> Result<Made, Trouble>
    where
        T: Item + Send + Sync,
    {
        let extraction = Step::extraction(steps.extraction.as_ref());
        let mut learning = Learning {
            job,
            step: Step::consolidation(steps.consolidation.as_ref()),
            namespace: job.namespace(&job.strategy.namespace)?,
            schema: schema::inferred(&job.strategy.schema),
            gone: HashSet::new(),
            written: HashSet::new(),
            made: Made::default(),
        };
        let past = self.context(job).await?;
        for current in windows(&job.material.messages, WINDOW) {
            let instructions = extraction.instructions();
            let schema = learning.schema.clone();
            let asked = Extraction { instructions, schema: &schema, past: &past, current };
            let learned: Vec<Learned<T>> =
                self.ask(job, extraction, &asked.prompt::<T>(), |answer| asked.read(answer)).await?;
            let at = current.iter().map(|message| message.at).max().unwrap_or_else(|| self.now());
            for some in learned.chunks(TOGETHER) {
                let candidates = learning.candidates(self, some, at).await?;
                learning.decide(self, candidates, at).await?;
            }
        }
        Ok(learning.made)
    }
}

impl Memory {
    /// What was said before, as far as it may be shown: what must not be mixed is not shown, either.
    async fn context(&self, job: &Job<'_>) -> Result<Vec<Message>, Trouble> {
        if job.strategy.strictly_consistent().next().is_some() || !job.partition.variables.is_empty() {
            return Ok(Vec::new());
        }
        let mut past = self.past(job.session, job.material, CONTEXT).await?;
        for message in &mut past {
            let end = message.text.floor_char_boundary(LONGEST_CONTEXT);
            message.text.truncate(end);
        }
        Ok(past)
    }
}

/// New things with the records that are like them.
struct Candidates<T> {
    candidates: Vec<Candidate<T>>,
    records: HashMap<String, Record>,
}

impl Learning<'_> {
    async fn candidates<T: Item>(
        &self,
        memory: &Memory,
        new: &[Learned<T>],
        at: Timestamp,
    ) -> Result<Candidates<T>, Trouble> {
        let (job, exact) = (self.job, schema::exact(self.job.partition));
        let (mut candidates, mut records) = (Vec::new(), HashMap::new());
        for new in new {
            let text = new.item.record();
            let like = memory.similar(job.memory, &job.strategy.id, &self.namespace, &exact, &text, SIMILAR);
            let mut existing = Vec::new();
            for (record, _) in like.await? {
                if !self.gone.contains(record.id.as_str()) {
                    existing.push(shown(&record));
                    records.insert(record.id.to_string(), record);
                }
            }
            candidates.push(Candidate { new: new.clone(), at, existing });
        }
        let (_, mut candidates) = known(candidates);
        candidates.retain(|candidate| !self.written.contains(&candidate.new.item.record()));
        Ok(Candidates { candidates, records })
    }

    async fn decide<T: Item + Send + Sync>(
        &mut self,
        memory: &Memory,
        Candidates { candidates, mut records }: Candidates<T>,
        at: Timestamp,
    ) -> Result<(), Trouble> {
        if candidates.is_empty() {
            return Ok(());
        }
        let alone = candidates.iter().all(|candidate| candidate.existing.is_empty());
        let operations = if alone && self.step.changed.is_none() {
            // Nothing is like any of it, so there is nothing to decide.
            candidates.into_iter().map(|candidate| Operation::Add(candidate.new)).collect()
        } else {
            let instructions = self.step.instructions();
            let asked = Consolidation { instructions, schema: &self.schema, candidates: &candidates };
            memory.ask(self.job, self.step, &asked.prompt(), |answer| asked.read(answer)).await?
        };
        for operation in operations {
            let (old, new) = match operation {
                Operation::Add(new) => (None, new),
                Operation::Update { id, with } => (records.remove(&id), with),
            };
            self.gone.extend(old.iter().map(|old| old.id.to_string()));
            let text = new.item.record();
            self.written.insert(text.clone());
            let wish = Wish {
                step: self.step,
                namespace: &self.namespace,
                text,
                metadata: new.metadata,
                events: self.job.material.events(),
                timestamp: at,
            };
            self.made.changes.extend(memory.keep(self.job, wish, old));
        }
        Ok(())
    }
}
