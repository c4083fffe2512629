//! `DeleteEvent`

use data_api::memories::{DeleteEvent, DeleteEventInput, DeleteEventOutput};
use fault::Result;
use ids::EventId;
use restjson::{Call, Handle};

use super::place::bad;
use crate::DataPlane;

impl Handle<DeleteEvent> for DataPlane {
    async fn handle(&self, call: &Call, input: DeleteEventInput) -> Result<DeleteEventOutput> {
        let session = self.memory_session(call, &input.memory_id, &input.actor_id, &input.session_id)?;
        let id = EventId::parse(&input.event_id).map_err(bad("eventId"))?;
        self.memory.delete_event(&session, &id).await?;
        Ok(DeleteEventOutput { event_id: input.event_id })
    }
}
