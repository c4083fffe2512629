//! Listing a session's events, the newest first.

use fault::{Fault, Result};
use store::{Entry, KeyRange};

use super::SessionKey;
use super::filter::{EventFilter, Sieve};
use super::get::event;
use super::position::Position;
use super::rows::{EVENTS, EventRow, event_key};
use crate::model::{Definition, Event};
use crate::service::Memory;

/// How many rows are looked at in one go.
const CHUNK: usize = 200;
/// The most that a page holds, in bytes, unless its first event alone is longer.
const LARGEST_PAGE: u64 = 10 << 20;

/// Some of a session's events.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// The events, the newest first.
    pub events: Vec<Event>,
    /// What to list after, for those that follow; `None` if there are none.
    pub next: Option<String>,
}

impl Memory {
    /// At most `limit` of the session's events, from the one after `after` on, which a page before named. A page is
    /// cut short only where it would be too long to be held; events that come and go meanwhile move no other.
    pub async fn list_events(
        &self,
        session: &SessionKey,
        filter: &EventFilter,
        after: Option<&str>,
        limit: usize,
        payloads: bool,
    ) -> Result<EventPage> {
        let memory = self.definition(&session.account, &session.memory).await?;
        let lines = match &filter.branch {
            Some(branch) => Some(self.lines(session, &branch.name, branch.with_parents).await?),
            None => None,
        };
        let sieve = Sieve { lines, metadata: &filter.metadata };
        let after = after.map(place).transpose()?;
        let (rows, more) = self.rows(&memory, session, &sieve, after, limit, payloads).await?;
        let next = rows.last().filter(|_| more).map(|(position, _)| position.segment());
        let mut events = Vec::with_capacity(rows.len());
        for (position, row) in rows {
            events.push(match payloads {
                true => self.whole(session, position, row).await?,
                false => event(session, position, row, Vec::new()),
            });
        }
        Ok(EventPage { events, next })
    }

    /// The rows of a page, and whether there are more behind it.
    pub(super) async fn rows(
        &self,
        memory: &Definition,
        session: &SessionKey,
        sieve: &Sieve<'_>,
        after: Option<Position>,
        limit: usize,
        payloads: bool,
    ) -> Result<(Vec<(Position, EventRow)>, bool)> {
        let mut range = KeyRange::below(session.segments());
        if let Some(after) = after {
            range = range.after(event_key(session, after));
        }
        let (mut rows, mut bytes) = (Vec::new(), 0_u64);
        // A page without conditions needs no more than itself and one event that says that there are more.
        let mut chunk = (limit + 1).min(CHUNK);
        loop {
            let found = EVENTS.list(self.store(), &range, chunk).await?;
            let last = found.len() < chunk;
            for Entry { key, value, .. } in found {
                let position = Position::of_segment(key.last());
                range = range.after(key);
                let Some(position) = position.filter(|position| !self.is_over(memory, position.arrival))
                else {
                    continue;
                };
                if !sieve.passes(position, &value) {
                    continue;
                }
                bytes += if payloads { value.payload.bytes() } else { 0 };
                if rows.len() == limit || (bytes > LARGEST_PAGE && !rows.is_empty()) {
                    return Ok((rows, true));
                }
                rows.push((position, value));
            }
            if last {
                return Ok((rows, false));
            }
            chunk = CHUNK;
        }
    }

    /// Whether a session has an event that is not over.
    pub(super) async fn has_events(&self, memory: &Definition, session: &SessionKey) -> Result<bool> {
        let sieve = Sieve { lines: None, metadata: &[] };
        let (rows, _) = self.rows(memory, session, &sieve, None, 1, false).await?;
        Ok(!rows.is_empty())
    }
}

fn place(after: &str) -> Result<Position> {
    Position::of_segment(after).ok_or_else(|| Fault::field("nextToken", "does not belong to this listing"))
}
