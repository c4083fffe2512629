//! `GetEvent`

use data_api::memories::{GetEvent, GetEventInput, GetEventOutput};
use fault::Result;
use ids::EventId;
use restjson::{Call, Handle};

use super::event;
use super::place::bad;
use crate::DataPlane;

impl Handle<GetEvent> for DataPlane {
    async fn handle(&self, call: &Call, input: GetEventInput) -> Result<GetEventOutput> {
        let session = self.memory_session(call, &input.memory_id, &input.actor_id, &input.session_id)?;
        let id = EventId::parse(&input.event_id).map_err(bad("eventId"))?;
        let event = self.memory.get_event(&session, &id).await?;
        Ok(GetEventOutput { event: event::shown(event) })
    }
}
