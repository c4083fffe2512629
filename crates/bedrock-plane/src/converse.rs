//! `Converse`

use bedrock_api::runtime::model::{
    Converse, ConverseMetrics, ConverseOutput, ConverseRequest, ConverseResponse, ConverseTrace,
};
use fault::Result;
use inference::Answer;
use restjson::{Call, Handle};

use crate::conversation::{Conversation, objects};
use crate::guard::Wish;
use crate::{BedrockPlane, answer, events, failure, guard, whom};

impl Handle<Converse> for BedrockPlane {
    async fn handle(&self, call: &Call, mut input: ConverseRequest) -> Result<ConverseResponse> {
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
        let guard = self.guard(call, Wish::whole(input.guardrail_config)).await?;
        let events = self.ask_guarded(request, places, guard.as_ref(), &whom).await?;
        let answer = Answer::collect(events).await.map_err(failure::fault)?;
        let trace = guard.and_then(|guard| guard.trace()).map(|trace| ConverseTrace {
            guardrail: Some(guard::read(&trace).on_the_wire()),
            prompt_router: None,
        });
        Ok(ConverseResponse {
            stop_reason: answer::stop_reason(answer.stop),
            usage: answer::usage(answer.usage),
            output: ConverseOutput::Message(answer::message(answer)),
            metrics: ConverseMetrics { latency_ms: events::latency(&*self.clock, call.received()) },
            additional_model_response_fields: None,
            trace,
            performance_config: None,
            service_tier: None,
        })
    }
}
