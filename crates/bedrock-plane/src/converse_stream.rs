//! `ConverseStream`

use std::sync::Arc;

use bedrock_api::runtime::model::{ConverseStream, ConverseStreamRequest, ConverseStreamResponse};
use fault::Result;
use restjson::{Call, EventStream, Handle};

use crate::conversation::Conversation;
use crate::{BedrockPlane, events, failure, whom};

impl Handle<ConverseStream> for BedrockPlane {
    async fn handle(&self, call: &Call, input: ConverseStreamRequest) -> Result<ConverseStreamResponse> {
        let metadata = input.request_metadata.as_ref().map(restjson::Sensitive::expose);
        let whom = whom::attribution(call, metadata);
        let request = Conversation {
            model: input.model_id,
            messages: input.messages,
            system: input.system,
            inference: input.inference_config,
            tools: input.tool_config,
            output: input.output_config,
            additional: input.additional_model_request_fields,
        }
        .into_request()?;
        let answer = self.ask(request, &whom).await.map_err(failure::fault)?;
        let events = events::on_the_wire(answer, Arc::clone(&self.clock), call.received());
        Ok(ConverseStreamResponse { stream: EventStream::new(events) })
    }
}
