//! What has yet to be learned from: one row for each event, or text handed in, that strategies have not looked at.
//!
//! A row is written in the same batch as its event. Within a session rows are in the order of arrival, which is never
//! changed by a later one: what is still on its way is not read past.

use std::collections::BTreeMap;

use fault::Result;
use ids::{AccountId, EventId, MemoryId};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::{Expect, Key, KeyRange, Space, Table, Write};

use crate::events::{Arrival, SessionKey};
use crate::model::Payload;
use crate::service::Memory;

const PENDING: Table<Pending> = Table::new(Space::new("memory-pending"));

/// How many rows of a session are read at once,
const STEP: usize = 10;
/// and when to stop: what is handed in is in the rows themselves, and can be long.
const MOST_TOKENS: u32 = 4 << 20;
/// How many sessions are read at once.
const CHUNK: usize = 256;

/// Something to learn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Where it is.
    pub(crate) source: Source,
    /// How many messages and documents it has that can be learned from.
    pub(crate) messages: u32,
    /// About how many tokens they have.
    pub(crate) tokens: u32,
    /// When it came. Its place in the order may tell a later time.
    pub(crate) at: Timestamp,
    /// What it says of namespaces.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) variables: BTreeMap<String, String>,
}

/// Where something to learn from is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// It is an event of the session.
    Event(EventId),
    /// It was handed in to be learned from, and is kept nowhere else.
    Ingested {
        /// What was handed in.
        payload: Vec<Payload>,
        /// When it was said, as its writer says.
        timestamp: Timestamp,
        /// What its records can be filtered by.
        metadata: BTreeMap<String, String>,
    },
}

/// A pending row and its place in its session's order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PendingRow {
    /// Its place; greater came later.
    pub(crate) arrival: Arrival,
    /// What is to be learned from.
    pub(crate) pending: Pending,
}

/// Pending rows of a session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PendingRows {
    /// The rows, in order.
    pub(crate) rows: Vec<PendingRow>,
    /// Whether something lies behind them that nothing may be said of yet.
    pub(crate) unsettled: bool,
    /// Whether there may be more behind them that can be read.
    pub(crate) more: bool,
}

/// How much there is to learn from: messages and documents, and about how many tokens they have. What is a blob does
/// not count, for nothing is ever learned from it.
pub(crate) fn extent(payload: &[Payload]) -> (u32, u32) {
    let (mut messages, mut bytes) = (0, 0_usize);
    for part in payload {
        match part {
            Payload::Conversational { text, .. } => bytes += text.len(),
            Payload::Json(value) => bytes += value.to_string().len(),
            Payload::Blob(_) => continue,
        }
        messages += 1;
    }
    // Four bytes a token is what tokenizers come to with English text.
    (messages, u32::try_from(bytes.div_ceil(4)).unwrap_or(u32::MAX))
}

/// Adds something to learn from to the batch that it arrives with.
pub(crate) fn put(session: &SessionKey, arrival: Arrival, pending: &Pending) -> Write {
    PENDING.put(key(session, arrival), pending, Expect::Absent)
}

/// Takes something away: it was learned from, or it is gone.
pub(crate) fn remove(session: &SessionKey, arrival: Arrival) -> Write {
    PENDING.delete(key(session, arrival), Expect::Any)
}

/// Makes a batch fail unless something is pending still.
pub(crate) fn check(session: &SessionKey, arrival: Arrival) -> Write {
    PENDING.check(key(session, arrival), Expect::Present)
}

fn key(session: &SessionKey, arrival: Arrival) -> Key {
    let arrival = arrival.segment();
    Key::of(session.segments().into_iter().chain([arrival.as_str()]))
}

impl Memory {
    /// What is pending in a session after this place, in order, at most `limit`. Nothing that comes before what is
    /// returned can still appear.
    pub(crate) async fn pending_in(
        &self,
        session: &SessionKey,
        after: Option<Arrival>,
        limit: usize,
    ) -> Result<PendingRows> {
        // Asked before reading: what has settled by now is there.
        let settled = self.0.events.arrivals.settled();
        let mut range = KeyRange::below(session.segments());
        if let Some(after) = after {
            range = range.after(key(session, after));
        }
        let mut found = PendingRows { rows: Vec::new(), unsettled: false, more: true };
        let mut tokens = 0_u32;
        while found.rows.len() < limit && tokens < MOST_TOKENS {
            let step = STEP.min(limit - found.rows.len());
            let read = PENDING.list(self.store(), &range, step).await?;
            found.more = read.len() == step;
            for row in read {
                range = range.after(row.key.clone());
                let Some(arrival) = Arrival::of_segment(row.key.last()) else { continue };
                if arrival > settled {
                    return Ok(PendingRows { unsettled: true, more: false, ..found });
                }
                tokens = tokens.saturating_add(row.value.tokens);
                found.rows.push(PendingRow { arrival, pending: row.value });
            }
            if !found.more {
                break;
            }
        }
        Ok(found)
    }

    /// Sessions in which something is pending, in the order of their keys, from the one after `after` on.
    pub(crate) async fn pending_sessions(
        &self,
        after: Option<&SessionKey>,
        limit: usize,
    ) -> Result<Vec<SessionKey>> {
        self.sessions_within(&KeyRange::all(), after, limit).await
    }

    /// The same, of one memory.
    pub(crate) async fn pending_sessions_of(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        after: Option<&SessionKey>,
        limit: usize,
    ) -> Result<Vec<SessionKey>> {
        let below = KeyRange::below([account.as_str(), memory.as_str()]);
        self.sessions_within(&below, after, limit).await
    }

    async fn sessions_within(
        &self,
        all: &KeyRange,
        after: Option<&SessionKey>,
        limit: usize,
    ) -> Result<Vec<SessionKey>> {
        let mut sessions = Vec::new();
        let mut range = match after {
            Some(after) => all.clone().after(past(after)),
            None => all.clone(),
        };
        while sessions.len() < limit {
            let Some(row) = PENDING.list(self.store(), &range, 1).await?.pop() else { break };
            let Some(session) = SessionKey::of_segments(row.key.segments()) else {
                range = range.after(row.key);
                continue;
            };
            range = range.after(past(&session));
            sessions.push(session);
        }
        Ok(sessions)
    }

    /// How many messages of a memory are pending.
    pub(crate) async fn pending_messages(&self, account: &AccountId, memory: &MemoryId) -> Result<u64> {
        let mut range = KeyRange::below([account.as_str(), memory.as_str()]);
        let mut messages = 0;
        loop {
            let rows = PENDING.list(self.store(), &range, CHUNK).await?;
            messages += rows.iter().map(|row| u64::from(row.value.messages)).sum::<u64>();
            match rows.last() {
                Some(last) if rows.len() == CHUNK => range = range.after(last.key.clone()),
                _ => return Ok(messages),
            }
        }
    }

    /// Takes away all that is pending in a memory that is gone.
    pub(crate) async fn forget_pending(&self, account: &AccountId, memory: &MemoryId) -> Result<()> {
        let range = KeyRange::below([account.as_str(), memory.as_str()]);
        loop {
            let rows = PENDING.list(self.store(), &range, CHUNK).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let gone = rows.into_iter().map(|row| PENDING.delete(row.key, Expect::Any));
            self.store().commit(store::Batch::new().with(gone)).await?;
        }
    }
}

/// After everything of a session.
fn past(session: &SessionKey) -> Key {
    crate::events::past(&session.segments())
}
