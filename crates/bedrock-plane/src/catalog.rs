//! Which models there are: the aliases and embedders that are configured.

mod foundation_model;
mod foundation_models;
mod inference_profile;
mod inference_profiles;

use bedrock_api::catalog::foundation_models as wire;
use bedrock_api::catalog::inference_profiles::InferenceProfileModel;

use crate::BedrockPlane;

/// The geographies that inference profiles begin with.
const GEOGRAPHIES: [&str; 9] = ["global.", "us.", "us-gov.", "eu.", "apac.", "jp.", "au.", "ca.", "sa."];

/// A name that callers may use.
struct Known {
    name: String,
    provider: String,
    output: wire::ModelModality,
}

impl BedrockPlane {
    /// Every name that callers may use.
    async fn known(&self) -> Vec<Known> {
        let listed = self.models.list().await;
        let aliases = listed.aliases.into_iter().map(|alias| {
            let first = alias.sets.first().and_then(|set| set.first());
            let provider = first.map(|target| target.target.provider.clone()).unwrap_or_default();
            Known { name: alias.name, provider, output: wire::ModelModality::Text }
        });
        let embedders = listed.embedders.into_iter().map(|embedder| Known {
            name: embedder.name,
            provider: embedder.provider,
            output: wire::ModelModality::Embedding,
        });
        aliases.chain(embedders).collect()
    }
}

fn model_arn(region: &str, name: &str) -> String {
    format!("arn:aws:bedrock:{region}::foundation-model/{name}")
}

/// The model that an inference profile's name stands for, if it begins with a geography.
fn without_geography(name: &str) -> Option<&str> {
    GEOGRAPHIES.iter().find_map(|geography| name.strip_prefix(geography))
}

fn profile_models(region: &str, name: &str) -> Vec<InferenceProfileModel> {
    let model = without_geography(name).unwrap_or(name);
    vec![InferenceProfileModel { model_arn: Some(model_arn(region, model)) }]
}

fn profile_arn(region: &str, account: &str, name: &str) -> String {
    format!("arn:aws:bedrock:{region}:{account}:inference-profile/{name}")
}

fn active() -> wire::FoundationModelLifecycle {
    wire::FoundationModelLifecycle {
        status: wire::FoundationModelLifecycleStatus::Active,
        start_of_life_time: None,
        end_of_life_time: None,
        legacy_time: None,
        public_extended_access_time: None,
    }
}
