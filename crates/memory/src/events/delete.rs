//! Removing an event.

use std::time::Duration;

use fault::{Fault, Kind, Result};
use ids::EventId;
use stdx::Timestamp;
use store::{Batch, Expect, Write};

use super::SessionKey;
use super::payload::Stored;
use super::position::Position;
use super::rows::{EMPTIED, EVENTS, JOURNAL, UNWANTED, emptied_key, event_key, journal_key, unwanted_key};
use crate::pending;
use crate::service::Memory;

/// How long a session is kept without events.
const EMPTY: Duration = Duration::from_hours(24);

impl Memory {
    /// Removes an event for good, with what was still to be learned from it and what finds it.
    pub async fn delete_event(&self, session: &SessionKey, id: &EventId) -> Result<()> {
        let memory = self.definition(&session.account, &session.memory).await?;
        self.admit_removal(session)?;
        let (position, row) = self.event_row(&memory, session, id, "eventId").await?;
        let batch = Batch::new().and(EVENTS.check(row.key, Expect::Present)).with(removal(
            session,
            position,
            &row.value.payload,
            self.now(),
        ));
        match self.store().commit(batch).await.map_err(Fault::from) {
            Ok(_) => {
                self.0.events.mark(&session.account, &session.memory);
                Ok(())
            }
            // Somebody else removed it just now.
            Err(fault) if *fault.kind() == Kind::ConcurrentModification => {
                Err(Fault::not_found(format!("The session {} has no event {id}.", session.session)))
            }
            Err(fault) => Err(fault),
        }
    }
}

/// What removes an event and everything that is there because of it.
pub(super) fn removal(
    session: &SessionKey,
    position: Position,
    payload: &Stored,
    now: Timestamp,
) -> Vec<Write> {
    let SessionKey { account, memory, .. } = session;
    let mut writes = vec![
        EVENTS.delete(event_key(session, position), Expect::Any),
        JOURNAL.delete(journal_key(account, memory, position.arrival), Expect::Any),
        pending::remove(session, position.arrival),
        UNWANTED.put(unwanted_key(account, memory, position.id().as_str()), &(), Expect::Any),
        EMPTIED.put(emptied_key(now.plus(EMPTY), session), &(), Expect::Any),
    ];
    writes.extend(payload.release(session, position));
    writes
}
