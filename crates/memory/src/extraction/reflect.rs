//! What episodes teach, across sessions and actors as far as the place of reflections reaches.

use std::collections::HashMap;

use extraction::episode::Episode;
use extraction::reflection::Reflecting;
use ids::EventId;
use search::{Filter, Scope, Test, Value};
use stdx::Timestamp;

use super::job::{Job, Made, Step, Trouble};
use super::schema;
use super::write::{Wish, shown};
use crate::index::Question;
use crate::metadata::{self, RECORD_TYPE};
use crate::model::{Record, Reflection};
use crate::records::{RecordChange, Wanted};
use crate::service::Memory;

/// How many episodes, and how many reflections, are looked at.
const SIMILAR: usize = 5;

impl Memory {
    /// Has the model find what an episode teaches, with what is like it.
    pub(super) async fn reflect(
        &self,
        job: &Job<'_>,
        reflection: &Reflection,
        episode: &Episode,
        events: Vec<EventId>,
        timestamp: Timestamp,
        made: &mut Made,
    ) -> Result<(), Trouble> {
        let step = Step::reflection(reflection.changed.as_ref());
        let namespace = job.namespace(&reflection.namespace)?;
        let schema = schema::inferred(&reflection.schema);
        self.settle(&job.memory.account, &job.memory.id).await?;
        let episodes = Scope::Below(namespace.to_string());
        let about = format!("{} {}", episode.intent, episode.situation);
        let related = self.like(job, episodes, "BASE", &about).await?;
        let here = Scope::At(namespace.to_string());
        let existing = self.like(job, here, "REFLECTION", &about).await?;
        // One that has a successor already is not to be had again.
        let mut existing: HashMap<String, Record> =
            existing.into_iter().map(|record| (record.id.to_string(), record)).collect();
        for change in &made.changes {
            if let RecordChange::Removed(old) = change {
                existing.remove(old.id.as_str());
            }
        }
        let asked = Reflecting {
            instructions: step.instructions(),
            schema: &schema,
            episode,
            related: &related.iter().map(shown).collect::<Vec<_>>(),
            existing: &existing.values().map(shown).collect::<Vec<_>>(),
        };
        let changes = self.ask(job, step, &asked.prompt(), |answer| asked.read(answer)).await?;
        for change in changes {
            let wish = Wish {
                step,
                namespace: &namespace,
                text: change.reflection.print(),
                metadata: change.metadata,
                events: events.clone(),
                timestamp,
            };
            let old = change.supersedes.and_then(|id| existing.remove(&id));
            made.changes.extend(self.keep(job, wish, old));
        }
        Ok(())
    }

    async fn like(
        &self,
        job: &Job<'_>,
        scope: Scope,
        kind: &str,
        text: &str,
    ) -> Result<Vec<Record>, Trouble> {
        let exact = schema::exact(job.partition);
        let mut filters: Vec<Filter> = exact
            .iter()
            .map(|(key, value)| Filter { field: key.clone(), test: Test::Equals(metadata::indexed(value)) })
            .collect();
        let kind = Test::Equals(Value::Text(kind.to_owned()));
        filters.push(Filter { field: RECORD_TYPE.to_owned(), test: kind });
        let strategy = Some(job.strategy.id.as_str());
        let wanted = Wanted { scope, strategy, filters };
        let question = Question { text, wanted, limit: SIMILAR };
        let found = self.search_records(job.memory, question).await?;
        Ok(found.records.into_iter().map(|(record, _)| record).collect())
    }
}
