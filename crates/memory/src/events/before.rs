//! What was said before an event: context for whoever learns from it.

use fault::Result;
use ids::EventId;

use super::position::Position;
use super::{EventFilter, SessionKey};
use crate::model::Event;
use crate::service::Memory;

impl Memory {
    /// At most so many events of a session that come before one of its events, the oldest first.
    pub(crate) async fn events_before(
        &self,
        session: &SessionKey,
        event: &EventId,
        limit: usize,
    ) -> Result<Vec<Event>> {
        let Some(position) = Position::of_id(event) else { return Ok(Vec::new()) };
        let place = position.segment();
        let page = self.list_events(session, &EventFilter::default(), Some(&place), limit, true).await?;
        Ok(page.events.into_iter().rev().collect())
    }
}
