//! `CountTokens`

use bedrock_api::runtime::model as wire;
use bedrock_api::runtime::model::{CountTokens, CountTokensInput, CountTokensRequest, CountTokensResponse};
use fault::{Fault, Result, ValidationReason};
use inference::{ErrorKind, Inference as _, Request};
use restjson::{Call, Handle, Value};

use crate::conversation::Conversation;
use crate::family::{About, Family, Wanted};
use crate::{BedrockPlane, answer, failure, model, whom};

impl Handle<CountTokens> for BedrockPlane {
    async fn handle(&self, call: &Call, input: CountTokensRequest) -> Result<CountTokensResponse> {
        let whom = whom::attribution(call, None);
        let mut request = match input.input {
            CountTokensInput::Converse(asked) => conversation(input.model_id, asked)?,
            CountTokensInput::InvokeModel(asked) => body(call, &input.model_id, asked.body.expose())?,
        };
        let counted = match model::within_arn(&request.model).map(str::to_owned) {
            None => self.models.count_tokens(request, &whom).await,
            Some(name) => match self.models.count_tokens(request.clone(), &whom).await {
                Err(error) if *error.kind() == ErrorKind::NotConfigured => {
                    request.model = name;
                    self.models.count_tokens(request, &whom).await
                }
                counted => counted,
            },
        };
        Ok(CountTokensResponse { input_tokens: answer::tokens(counted.map_err(failure::fault)?) })
    }
}

fn conversation(model: String, asked: wire::ConverseTokensRequest) -> Result<Request> {
    let conversation = Conversation {
        model,
        messages: asked.messages,
        system: asked.system,
        tools: asked.tool_config,
        additional: asked.additional_model_request_fields,
        ..Conversation::default()
    };
    Ok(conversation.into_request()?.0)
}

fn body(call: &Call, model: &str, body: &[u8]) -> Result<Request> {
    let body: Value = serde_json::from_slice(body).map_err(|error| {
        let message = format!("The body to be counted is not valid JSON: {error}.");
        Fault::invalid(ValidationReason::CannotParse, message)
    })?;
    let about = About { model, id: call.request_id(), created: call.received().as_secs() };
    match Family::of(model, &body)?.read(body, &about)? {
        Wanted::Answer(request, _) => Ok(*request),
        Wanted::Vectors(..) => {
            Err(Fault::field("modelId", "turns texts into vectors; its tokens are not counted"))
        }
    }
}
