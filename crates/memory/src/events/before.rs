//! What was said before an event: context for whoever learns from it.

use fault::Result;
use ids::EventId;

use super::SessionKey;
use super::filter::Sieve;
use super::position::Position;
use crate::model::Event;
use crate::service::Memory;

impl Memory {
    /// At most so many events of a session that come before one of its events, the oldest first, without those that
    /// their writers want nothing to be learned from.
    pub(crate) async fn events_before(
        &self,
        session: &SessionKey,
        event: &EventId,
        limit: usize,
    ) -> Result<Vec<Event>> {
        let Some(position) = Position::of_id(event) else { return Ok(Vec::new()) };
        let memory = self.definition(&session.account, &session.memory).await?;
        let all = Sieve { lines: None, metadata: &[] };
        let (rows, _) = self.rows(&memory, session, &all, Some(position), limit, true).await?;
        let mut events = Vec::new();
        for (position, row) in rows.into_iter().rev().filter(|(_, row)| !row.unlearned) {
            events.push(self.whole(session, position, row).await?);
        }
        Ok(events)
    }
}
