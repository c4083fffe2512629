//! `ConverseStream`

use std::sync::Arc;

use bedrock_api::runtime::model::{ConverseStream, ConverseStreamRequest, ConverseStreamResponse};
use fault::Result;
use restjson::{Call, EventStream, Handle};

use crate::conversation::{Conversation, objects};
use crate::guard::Wish;
use crate::{BedrockPlane, events, whom};

impl Handle<ConverseStream> for BedrockPlane {
    async fn handle(&self, call: &Call, mut input: ConverseStreamRequest) -> Result<ConverseStreamResponse> {
        let metadata = input.request_metadata.as_ref().map(restjson::Sensitive::expose);
        let whom = whom::attribution(call, metadata);
        if let Some(messages) = &mut input.messages {
            objects::fetch(messages, &*self.objects).await?;
        }
        let (request, places) = Conversation {
            model: input.model_id,
            messages: input.messages,
            system: input.system,
            inference: input.inference_config,
            tools: input.tool_config,
            output: input.output_config,
            additional: input.additional_model_request_fields,
            has_variables: input.prompt_variables.is_some(),
        }
        .into_request()?;
        let guard = self.guard(call, Wish::streamed(input.guardrail_config)).await?;
        let answer = self.ask_guarded(request, places, guard.as_ref(), &whom).await?;
        let events = events::on_the_wire(
            answer,
            guard.and_then(|guard| guard.trace()),
            Arc::clone(&self.clock),
            call.received(),
        );
        Ok(ConverseStreamResponse { stream: EventStream::new(events) })
    }
}
