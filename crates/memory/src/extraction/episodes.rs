//! The episodic strategy: turns become episodes once a task is over, and episodes teach.

use extraction::Message;
use extraction::conversation::turns;
use extraction::episode::{Closing, Episode};
use extraction::turn::{Reading, Turn};
use fault::Fault;
use ids::EventId;
use store::Expect;

use super::job::{Job, Made, Step, Trouble};
use super::rows::{OPEN, OpenRow, OpenTurn, kept_key};
use super::schema;
use super::write::Wish;
use crate::model::{Reflection, Steps};
use crate::service::Memory;

/// How many turns are read at once.
const TOGETHER: usize = 10;
/// A task of more turns is over: nothing may wait for ever.
const LONGEST: usize = 50;

/// Turns with what they were made of.
struct Turns<'a> {
    messages: Vec<&'a [Message]>,
    events: Vec<Vec<EventId>>,
}

impl Memory {
    /// Reads the turns of the conversation, and keeps an episode for each task that is over. What is left of it waits
    /// for the session to go on.
    pub(super) async fn follow(
        &self,
        job: &Job<'_>,
        steps: &Steps,
        reflection: &Reflection,
    ) -> Result<Made, Trouble> {
        let key = kept_key(job.session, &job.strategy.id, &job.partition.label());
        let stored = OPEN.get(self.store(), &key).await.map_err(Fault::from)?;
        let expect = stored.as_ref().map_or(Expect::Absent, |row| Expect::At(row.revision));
        let mut open = stored.map(|row| row.value.turns).unwrap_or_default();
        let mut made = Made::default();
        let all = Turns::of(job);
        for from in (0..all.messages.len()).step_by(TOGETHER) {
            let to = (from + TOGETHER).min(all.messages.len());
            let read = self.read_turns(job, steps, &open, &all.messages[from..to]).await?;
            for (turn, index) in read.into_iter().zip(from..) {
                let at = all.messages[index].iter().map(|message| message.at).max();
                let at = at.unwrap_or_else(|| self.now());
                let ends = turn.ends() || open.len() + 1 >= LONGEST;
                open.push(OpenTurn { turn, events: all.events[index].clone(), at });
                if ends {
                    let over = std::mem::take(&mut open);
                    self.close(job, steps, reflection, over, &mut made).await?;
                }
            }
        }
        made.writes.push(match open.is_empty() {
            true => OPEN.delete(key, if expect == Expect::Absent { Expect::Any } else { expect }),
            false => OPEN.put(key, &OpenRow { turns: open }, expect),
        });
        Ok(made)
    }

    async fn read_turns(
        &self,
        job: &Job<'_>,
        steps: &Steps,
        open: &[OpenTurn],
        turns: &[&[Message]],
    ) -> Result<Vec<Turn>, Trouble> {
        let step = Step::extraction(steps.extraction.as_ref());
        let before: Vec<Turn> = open.iter().map(|open| open.turn.clone()).collect();
        let asked = Reading { instructions: step.instructions(), before: &before, turns };
        self.ask(job, step, &asked.prompt(), |answer| asked.read(answer)).await
    }

    /// Makes an episode of turns, and learns from it.
    async fn close(
        &self,
        job: &Job<'_>,
        steps: &Steps,
        reflection: &Reflection,
        open: Vec<OpenTurn>,
        made: &mut Made,
    ) -> Result<(), Trouble> {
        let step = Step::consolidation(steps.consolidation.as_ref());
        let namespace = job.namespace(&job.strategy.namespace)?;
        let schema = schema::inferred(&job.strategy.schema);
        let turns: Vec<Turn> = open.iter().map(|open| open.turn.clone()).collect();
        let asked = Closing { instructions: step.instructions(), schema: &schema, turns: &turns };
        let (episode, metadata): (Episode, _) =
            self.ask(job, step, &asked.prompt(), |answer| asked.read(answer)).await?;
        let mut events: Vec<EventId> = open.iter().flat_map(|open| open.events.iter().cloned()).collect();
        events.dedup();
        let timestamp = open.last().map_or_else(|| self.now(), |open| open.at);
        let wish = Wish {
            step,
            namespace: &namespace,
            text: episode.print(),
            metadata,
            events: events.clone(),
            timestamp,
        };
        made.changes.extend(self.keep(job, wish, None));
        self.reflect(job, reflection, &episode, events, timestamp, made).await
    }
}

impl<'a> Turns<'a> {
    fn of(job: &Job<'a>) -> Self {
        let messages = turns(&job.material.messages);
        let mut origins = job.material.origins.iter();
        let events = messages.iter().map(|turn| {
            let mut events: Vec<EventId> = origins.by_ref().take(turn.len()).flatten().cloned().collect();
            events.dedup();
            events
        });
        let events = events.collect();
        Self { messages, events }
    }
}
