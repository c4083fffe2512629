//! `CreateEvent`

use data_api::memories::{CreateEvent, CreateEventInput, CreateEventOutput, ExtractionMode};
use fault::Result;
use ids::{ActorId, MemorySessionId};
use memory::events::NewEvent;
use restjson::{Call, Handle};

use super::event;
use super::place::{bad, client_token};
use crate::DataPlane;

impl Handle<CreateEvent> for DataPlane {
    async fn handle(&self, call: &Call, input: CreateEventInput) -> Result<CreateEventOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let session = input.session_id.as_deref().map(MemorySessionId::parse).transpose();
        let variables = input.extraction_config.and_then(|config| config.namespace_variables);
        let new = NewEvent {
            actor: ActorId::parse(&input.actor_id).map_err(bad("actorId"))?,
            session: session.map_err(bad("sessionId"))?,
            timestamp: input.event_timestamp,
            payload: input.payload.into_iter().map(event::part).collect(),
            branch: input.branch.as_ref().map(event::branch).transpose()?,
            metadata: event::metadata(input.metadata),
            extract: input.extraction_mode != Some(ExtractionMode::Skip),
            variables: variables.unwrap_or_default(),
        };
        let token = client_token(call, input.client_token);
        let event = self.memory.create_event(&account, &memory, new, token).await?;
        Ok(CreateEventOutput { event: event::shown(event) })
    }
}
