//! What is stored of learning, and where.

use std::collections::BTreeMap;

use ids::{ActorId, EventId, MemoryRecordId, MemorySessionId, StrategyId};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::{Key, Space, Table};

use crate::events::SessionKey;
use crate::pending::Source;

/// How far a strategy is in a session, by account, memory, actor, session and strategy: the number of the last
/// arrival that it is past. There is none where nothing pending lies before it.
pub(super) const CURSORS: Table<u64> = Table::new(Space::new("memory-extraction-cursors"));
/// Jobs that failed, by account, memory and id.
pub(super) const JOBS: Table<JobRow> = Table::new(Space::new("memory-extraction-jobs"));
/// Jobs that are to be made again, by account, memory, actor, session and id.
pub(super) const WANTED: Table<()> = Table::new(Space::new("memory-extraction-wanted"));
/// What is kept of a session's summary, by account, memory, actor, session, strategy and namespace.
pub(super) const SUMMARIES: Table<SummaryRow> = Table::new(Space::new("memory-summaries"));
/// Tasks that are not over, by account, memory, actor, session, strategy and partition.
pub(super) const OPEN: Table<OpenRow> = Table::new(Space::new("memory-open-episodes"));

/// Strategies that are gone and whose rows have yet to go, by account, memory and strategy.
pub(super) const GONE: Table<()> = Table::new(Space::new("memory-strategies-gone"));

/// Everything that lies below a memory and goes with it.
pub(crate) const SPACES: &[Space] =
    &[CURSORS.space(), JOBS.space(), WANTED.space(), SUMMARIES.space(), OPEN.space(), GONE.space()];

/// A job that failed, with everything that it is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct JobRow {
    pub(super) strategy: StrategyId,
    pub(super) actor: ActorId,
    pub(super) session: MemorySessionId,
    pub(super) partition: Partition,
    pub(super) inputs: Vec<Input>,
    pub(super) reason: String,
    pub(super) failed_at: Timestamp,
    /// Whether it is to be made again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) wanted: bool,
}

/// Something that a job is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Input {
    pub(super) source: Source,
    /// Which parts of it are learned from, from 0.
    pub(super) parts: Vec<u32>,
}

/// What may be mixed: only what has the same of both.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Partition {
    /// The values of the strategy's strictly consistent keys.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) exact: BTreeMap<String, String>,
    /// What is said of namespaces.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) variables: BTreeMap<String, String>,
}

/// What is kept of a session's summary beside its records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SummaryRow {
    /// The session in a few sentences.
    pub(super) global: String,
    /// The record that grows.
    pub(super) record: Option<MemoryRecordId>,
}

/// A task that is not over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenRow {
    pub(super) turns: Vec<OpenTurn>,
}

/// A turn of a task that is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenTurn {
    pub(super) turn: extraction::turn::Turn,
    pub(super) events: Vec<EventId>,
    pub(super) at: Timestamp,
}

pub(super) fn cursor_key(session: &SessionKey, strategy: &StrategyId) -> Key {
    below(session, [strategy.as_str()])
}

pub(super) fn job_key(session: &SessionKey, job: &str) -> Key {
    Key::of([session.account.as_str(), session.memory.as_str(), job])
}

pub(super) fn wanted_key(session: &SessionKey, job: &str) -> Key {
    below(session, [job])
}

/// The key of what is kept of a session for a strategy apart from other such things.
pub(super) fn kept_key(session: &SessionKey, strategy: &StrategyId, apart: &str) -> Key {
    below(session, [strategy.as_str(), apart])
}

fn below<'a>(session: &'a SessionKey, last: impl IntoIterator<Item = &'a str>) -> Key {
    Key::of(session.segments().into_iter().chain(last))
}

impl Partition {
    /// A text that no other partition has.
    pub(super) fn label(&self) -> String {
        serde_json::to_string(self).expect("texts by text can be written")
    }
}
