//! What is stored of events, and where.

use std::collections::BTreeMap;

use ids::{AccountId, ActorId, BranchName, EventId, MemoryId, MemorySessionId};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::{Key, KeyRange, Space, Table};

use super::SessionKey;
use super::arrival::Arrival;
use super::payload::Stored;
use super::position::Position;

/// Events by account, memory, actor, session and place, the newest first.
pub(super) const EVENTS: Table<EventRow> = Table::new(Space::new("memory-events"));
/// Where each event is, by account, memory and arrival.
pub(super) const JOURNAL: Table<JournalRow> = Table::new(Space::new("memory-event-journal"));
/// Sessions by account, memory, actor and id.
pub(super) const SESSIONS: Table<SessionRow> = Table::new(Space::new("memory-sessions"));
/// Branches by account, memory, actor, session and name.
pub(super) const BRANCHES: Table<BranchRow> = Table::new(Space::new("memory-branches"));
/// Sessions that may be empty, by the time when that is looked at.
pub(super) const EMPTIED: Table<()> = Table::new(Space::new("memory-sessions-emptied"));
/// How far the journal of a memory has been brought into the index, by account and memory.
pub(super) const CURSORS: Table<u64> = Table::new(Space::new("memory-event-cursors"));
/// What the index has to let go of, by account, memory and event; all of a memory where no event is named.
pub(super) const UNWANTED: Table<()> = Table::new(Space::new("memory-events-unwanted"));

/// An event. What its key says is not said again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EventRow {
    pub(super) payload: Stored,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) branch: Option<BranchName>,
    /// Where the branch forks, for it is told with each of its events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) root: Option<EventId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
    /// Whether its writer wants nothing to be learned from it, not even as the context of something else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unlearned: bool,
}

/// Where an event is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JournalRow {
    pub(super) actor: ActorId,
    pub(super) session: MemorySessionId,
    pub(super) id: EventId,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SessionRow {
    pub(super) created_at: Timestamp,
    /// Whether it is about to be removed, unless an event comes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) closing: bool,
}

/// A branch. Its first event fixes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BranchRow {
    /// The event that it forks from.
    pub(super) root: Option<EventId>,
    /// The branch of that event; the main line if there is none.
    pub(super) parent: Option<BranchName>,
}

pub(super) fn session_key(session: &SessionKey) -> Key {
    Key::of(session.segments())
}

pub(super) fn event_key(session: &SessionKey, position: Position) -> Key {
    below(session, &position.segment())
}

pub(super) fn branch_key(session: &SessionKey, branch: &BranchName) -> Key {
    below(session, branch.as_str())
}

fn below(session: &SessionKey, last: &str) -> Key {
    Key::of(session.segments().into_iter().chain([last]))
}

pub(super) fn journal_key(account: &AccountId, memory: &MemoryId, arrival: Arrival) -> Key {
    Key::of([account.as_str(), memory.as_str(), &arrival.segment()])
}

pub(super) fn memory_key(account: &AccountId, memory: &MemoryId) -> Key {
    Key::of([account.as_str(), memory.as_str()])
}

pub(super) fn unwanted_key(account: &AccountId, memory: &MemoryId, event: &str) -> Key {
    Key::of([account.as_str(), memory.as_str(), event])
}

/// When a session is looked at, in whole minutes, so that many removals of one session ask for that once.
pub(super) fn emptied_key(at: Timestamp, session: &SessionKey) -> Key {
    let due = instant(Timestamp::from_millis((at.as_secs().div_euclid(60) + 1) * 60_000));
    Key::of(std::iter::once(due.as_str()).chain(session.segments()))
}

/// Every key of an instant up to and including this one.
pub(super) fn due(now: Timestamp) -> KeyRange {
    let later = Timestamp::from_millis(now.as_millis().saturating_add(1));
    KeyRange { to: std::ops::Bound::Excluded(Key::of([instant(later)])), ..KeyRange::all() }
}

/// Text that sorts as the time does.
fn instant(at: Timestamp) -> String {
    format!("{:020}", at.as_millis().max(0))
}

/// After everything below these segments.
pub(crate) fn past(segments: &[&str]) -> Key {
    let mut text = Key::of(segments).as_str().to_owned();
    // The separator is U+0000.
    text.push('\u{1}');
    Key::from_stored(text)
}

impl SessionKey {
    /// What the segments of a key say, from the account on.
    pub(crate) fn of_segments<'a>(mut segments: impl Iterator<Item = &'a str>) -> Option<Self> {
        Some(Self {
            account: AccountId::parse(segments.next()?).ok()?,
            memory: MemoryId::parse(segments.next()?).ok()?,
            actor: ActorId::parse(segments.next()?).ok()?,
            session: MemorySessionId::parse(segments.next()?).ok()?,
        })
    }
}
