//! `ListFoundationModels`

use bedrock_api::catalog::foundation_models::{
    FoundationModelSummary, InferenceType, ListFoundationModels, ListFoundationModelsRequest,
    ListFoundationModelsResponse, ModelModality,
};
use fault::Result;
use restjson::{Call, Handle};

use super::{Known, active, model_arn};
use crate::BedrockPlane;

impl Handle<ListFoundationModels> for BedrockPlane {
    async fn handle(
        &self,
        call: &Call,
        input: ListFoundationModelsRequest,
    ) -> Result<ListFoundationModelsResponse> {
        // Nothing here can be trained, and nothing is bought ahead.
        let none = input.by_customization_type.is_some()
            || input.by_inference_type.is_some_and(|kind| kind != InferenceType::OnDemand);
        let wanted = |known: &Known| {
            let provider = input.by_provider.as_ref();
            !none
                && provider.is_none_or(|provider| provider.eq_ignore_ascii_case(&known.provider))
                && input.by_output_modality.is_none_or(|modality| modality == known.output)
        };
        let known = self.known().await.into_iter().filter(wanted);
        Ok(ListFoundationModelsResponse {
            model_summaries: Some(known.map(|known| summary(call.region(), known)).collect()),
        })
    }
}

fn summary(region: &str, known: Known) -> FoundationModelSummary {
    FoundationModelSummary {
        model_arn: model_arn(region, &known.name),
        model_name: Some(known.name.clone()),
        model_id: known.name,
        provider_name: Some(known.provider),
        input_modalities: Some(vec![ModelModality::Text]),
        output_modalities: Some(vec![known.output]),
        response_streaming_supported: Some(known.output == ModelModality::Text),
        customizations_supported: Some(Vec::new()),
        inference_types_supported: Some(vec![InferenceType::OnDemand]),
        model_lifecycle: Some(active()),
    }
}
