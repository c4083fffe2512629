//! `GetFoundationModel`

use bedrock_api::catalog::foundation_models::{
    FoundationModelDetails, GetFoundationModel, GetFoundationModelRequest, GetFoundationModelResponse,
    InferenceType, ModelModality,
};
use fault::{Fault, Result};
use restjson::{Call, Handle};

use super::{active, model_arn};
use crate::{BedrockPlane, model};

impl Handle<GetFoundationModel> for BedrockPlane {
    async fn handle(
        &self,
        call: &Call,
        input: GetFoundationModelRequest,
    ) -> Result<GetFoundationModelResponse> {
        let wanted = &input.model_identifier;
        let named = model::within_arn(wanted).unwrap_or(wanted);
        let known = self.known().await.into_iter().find(|known| known.name == *wanted || known.name == named);
        let known = known.ok_or_else(|| {
            Fault::not_found(format!(
                "No model is called {named:?}; `freehold models list` shows those there are."
            ))
        })?;
        Ok(GetFoundationModelResponse {
            model_details: Some(FoundationModelDetails {
                model_arn: model_arn(call.region(), &known.name),
                model_name: Some(known.name.clone()),
                model_id: known.name,
                provider_name: Some(known.provider),
                input_modalities: Some(vec![ModelModality::Text]),
                output_modalities: Some(vec![known.output]),
                response_streaming_supported: Some(known.output == ModelModality::Text),
                customizations_supported: Some(Vec::new()),
                inference_types_supported: Some(vec![InferenceType::OnDemand]),
                model_lifecycle: Some(active()),
            }),
        })
    }
}
