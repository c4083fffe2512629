//! Reading an event.

use std::time::Duration;

use fault::{Fault, Result};
use ids::{AccountId, EventId, MemoryId};
use stdx::Timestamp;
use store::Entry;

use super::SessionKey;
use super::arrival::Arrival;
use super::branches::in_other_session;
use super::position::Position;
use super::rows::{EVENTS, EventRow, JOURNAL, JournalRow, event_key, journal_key};
use crate::model::{Branch, Definition, Event, Payload};
use crate::service::Memory;

impl Memory {
    /// An event of a session.
    pub async fn get_event(&self, session: &SessionKey, id: &EventId) -> Result<Event> {
        let memory = self.definition(&session.account, &session.memory).await?;
        let (position, row) = self.event_row(&memory, session, id, "eventId").await?;
        self.whole(session, position, row.value).await
    }

    /// An event's row; not found if there is none or it is over. `member` named the event.
    pub(super) async fn event_row(
        &self,
        memory: &Definition,
        session: &SessionKey,
        id: &EventId,
        member: &str,
    ) -> Result<(Position, Entry<EventRow>)> {
        if let Some(position) = Position::of_id(id).filter(|position| !self.is_over(memory, position.arrival))
            && let Some(row) = EVENTS.get(self.store(), &event_key(session, position)).await?
        {
            return Ok((position, row));
        }
        Err(self.elsewhere(memory, session, id, member).await?)
    }

    /// What to say of an event that its session does not have.
    async fn elsewhere(
        &self,
        memory: &Definition,
        session: &SessionKey,
        id: &EventId,
        member: &str,
    ) -> Result<Fault> {
        if let Some(position) = Position::of_id(id).filter(|position| !self.is_over(memory, position.arrival))
            && let Some(row) = self.journal(&session.account, &session.memory, position.arrival).await?
            && row.id == position.id()
            && (&row.actor, &row.session) != (&session.actor, &session.session)
        {
            return Ok(in_other_session(member, id));
        }
        Ok(Fault::not_found(format!("The session {} has no event {id}.", session.session)))
    }

    /// Where the event of this arrival is.
    pub(super) async fn journal(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        arrival: Arrival,
    ) -> Result<Option<JournalRow>> {
        let row = JOURNAL.get(self.store(), &journal_key(account, memory, arrival)).await?;
        Ok(row.map(|row| row.value))
    }

    /// Whether an event's time is over, whether or not it was swept.
    pub(super) fn is_over(&self, memory: &Definition, arrival: Arrival) -> bool {
        memory.events_end_before(self.now()) > arrival
    }

    /// The event of a row, with its content.
    pub(super) async fn whole(
        &self,
        session: &SessionKey,
        position: Position,
        mut row: EventRow,
    ) -> Result<Event> {
        let payload = std::mem::take(&mut row.payload).read(&*self.0.blobs).await?;
        Ok(event(session, position, row, payload))
    }
}

impl Definition {
    /// Events that arrived before this are over.
    pub(super) fn events_end_before(&self, now: Timestamp) -> Arrival {
        let kept = Duration::from_hours(24) * self.event_expiry_days;
        let kept = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
        // What ends at this very moment has ended.
        let first = now.as_millis().saturating_sub(kept).saturating_add(1);
        Arrival::at(Timestamp::from_millis(first))
    }
}

/// The event of a row, with this content.
pub(super) fn event(session: &SessionKey, position: Position, row: EventRow, payload: Vec<Payload>) -> Event {
    let EventRow { branch, root, metadata, .. } = row;
    Event {
        memory: session.memory.clone(),
        actor: session.actor.clone(),
        session: session.session.clone(),
        id: position.id(),
        timestamp: position.timestamp(),
        payload,
        branch: branch.map(|name| Branch { name, root }),
        metadata,
    }
}
