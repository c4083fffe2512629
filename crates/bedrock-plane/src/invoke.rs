//! `InvokeModel`

mod body;
mod stream;

use bedrock_api::runtime::model::{InvokeModel, InvokeModelRequest, InvokeModelResponse};
use bytes::Bytes;
use fault::Result;
use inference::{Answer, Inference as _, StopReason};
use restjson::{Call, Handle};
use stdx::ByteStream;

use crate::family::Wanted;
use crate::guard::{Places, Wish};
use crate::{BedrockPlane, answer, events, failure};
use body::{JSON, Sent};

impl Handle<InvokeModel> for BedrockPlane {
    async fn handle(&self, call: &Call, input: InvokeModelRequest) -> Result<InvokeModelResponse> {
        let sent = Sent {
            model: input.model_id,
            body: input.body,
            content_type: input.content_type,
            accept: input.accept,
            metadata: input.request_metadata,
        };
        let wish = Wish::headers(input.guardrail_identifier, input.guardrail_version, input.trace);
        let guard = self.guard(call, wish).await?;
        let (wanted, whom) = sent.read(call).await?;
        let mut counted = None;
        let document = match wanted {
            Wanted::Answer(request, mut writer) => {
                let arriving = self.ask_guarded(*request, Places::default(), guard.as_ref(), &whom).await?;
                let whole = Answer::collect(arriving).await.map_err(failure::fault)?;
                counted = Some(whole.usage);
                let intervened = whole.stop == StopReason::GuardrailIntervened;
                let mut document = writer.whole(whole)?;
                if let Some(guard) = &guard {
                    guard.sign(&mut document, intervened);
                }
                document
            }
            Wanted::Vectors(model, vectors) => {
                let embedded = self.models.embed(&model, &vectors.texts, vectors.purpose, &whom).await;
                (vectors.write)(embedded.map_err(failure::fault)?)?
            }
        };
        Ok(InvokeModelResponse {
            body: ByteStream::once(Bytes::from(document.to_string())),
            content_type: JSON.to_owned(),
            performance_config_latency: None,
            service_tier: None,
            input_token_count: counted.map(|usage| answer::tokens(usage.input_tokens)),
            output_token_count: counted.map(|usage| answer::tokens(usage.output_tokens)),
            invocation_latency: Some(events::latency(&*self.clock, call.received())),
        })
    }
}
