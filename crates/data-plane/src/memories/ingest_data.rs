//! `IngestData`

use data_api::memories::{
    ContentSource, IngestData, IngestDataInput, IngestDataOutput, IngestPayloadType, PayloadType,
};
use fault::Result;
use ids::{ActorId, MemorySessionId};
use memory::extraction::Ingest;
use memory::model::Payload;
use restjson::{Call, Handle};

use super::event;
use super::place::{bad, client_token};
use crate::DataPlane;

impl Handle<IngestData> for DataPlane {
    async fn handle(&self, call: &Call, input: IngestDataInput) -> Result<IngestDataOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let session = input.session_id.as_deref().map(MemorySessionId::parse).transpose();
        let ContentSource::Inline(content) = input.source;
        let variables = input.extraction_config.and_then(|config| config.namespace_variables);
        let ingest = Ingest {
            actor: ActorId::parse(&input.actor_id).map_err(bad("actorId"))?,
            session: session.map_err(bad("sessionId"))?,
            timestamp: input.content_timestamp,
            payload: content.payload.into_iter().map(part).collect(),
            metadata: event::metadata(input.metadata),
            variables: variables.unwrap_or_default(),
        };
        let token = client_token(call, input.client_token);
        let session = self.memory.ingest(&account, &memory, ingest, token).await?;
        Ok(IngestDataOutput { session_id: session.into() })
    }
}

fn part(part: IngestPayloadType) -> Payload {
    event::part(match part {
        IngestPayloadType::Conversational(message) => PayloadType::Conversational(message),
        IngestPayloadType::Json(json) => PayloadType::Json(json),
    })
}
