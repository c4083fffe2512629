//! `ListInferenceProfiles`

use bedrock_api::catalog::inference_profiles::{
    InferenceProfileStatus, InferenceProfileSummary, InferenceProfileType, ListInferenceProfiles,
    ListInferenceProfilesRequest, ListInferenceProfilesResponse,
};
use fault::{Fault, Result};
use restjson::{Call, Handle};

use super::{profile_arn, profile_models, without_geography};
use crate::BedrockPlane;

/// All of them fit a page.
impl Handle<ListInferenceProfiles> for BedrockPlane {
    async fn handle(
        &self,
        call: &Call,
        input: ListInferenceProfilesRequest,
    ) -> Result<ListInferenceProfilesResponse> {
        if input.next_token.is_some() {
            return Err(Fault::field("nextToken", "does not belong to this listing"));
        }
        let ours = input.type_equals.is_none_or(|kind| kind == InferenceProfileType::SystemDefined);
        let known = self.known().await.into_iter().map(|known| known.name);
        let profiles = known.filter(|name| ours && without_geography(name).is_some());
        let summaries = profiles.map(|name| InferenceProfileSummary {
            inference_profile_arn: profile_arn(call.region(), call.account(), &name),
            models: profile_models(call.region(), &name),
            inference_profile_name: name.clone(),
            inference_profile_id: name,
            description: None,
            created_at: None,
            updated_at: None,
            status: InferenceProfileStatus::Active,
            r#type: InferenceProfileType::SystemDefined,
        });
        Ok(ListInferenceProfilesResponse {
            inference_profile_summaries: Some(summaries.collect()),
            next_token: None,
        })
    }
}
