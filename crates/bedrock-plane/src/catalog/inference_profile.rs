//! `GetInferenceProfile`

use bedrock_api::catalog::inference_profiles::{
    GetInferenceProfile, GetInferenceProfileRequest, GetInferenceProfileResponse, InferenceProfileStatus,
    InferenceProfileType,
};
use fault::{Fault, Result};
use restjson::{Call, Handle};

use super::{profile_arn, profile_models};
use crate::{BedrockPlane, model};

impl Handle<GetInferenceProfile> for BedrockPlane {
    async fn handle(
        &self,
        call: &Call,
        input: GetInferenceProfileRequest,
    ) -> Result<GetInferenceProfileResponse> {
        let wanted = &input.inference_profile_identifier;
        let named = model::within_arn(wanted).unwrap_or(wanted);
        if !self.known().await.iter().any(|known| known.name == named) {
            let message =
                format!("No model is called {named:?}; `freehold models list` shows those there are.");
            return Err(Fault::not_found(message));
        }
        Ok(GetInferenceProfileResponse {
            inference_profile_name: named.to_owned(),
            description: None,
            created_at: None,
            updated_at: None,
            inference_profile_arn: profile_arn(call.region(), call.account(), named),
            models: profile_models(call.region(), named),
            inference_profile_id: named.to_owned(),
            status: InferenceProfileStatus::Active,
            r#type: InferenceProfileType::SystemDefined,
        })
    }
}
