//! Handlers of Bedrock's API for asking models: from its wire to the inference port and back, one operation a file.
//!
//! The model ids of requests are aliases of the `models` service. What no provider could do is refused with a sentence
//! that says so, and never left out in silence.

mod answer;
mod catalog;
mod conversation;
mod converse;
mod converse_stream;
mod count_tokens;
mod events;
mod failure;
mod family;
mod guard;
mod invoke;
mod model;
mod whom;

use std::sync::Arc;

use bedrock_api::catalog::{foundation_models, inference_profiles};
use bedrock_api::runtime::{guardrail, model as wire};
use guardrails::Guardrails;
use models::Models;
use stdx::Clock;

pub use conversation::objects::{LONGEST as LONGEST_OBJECT, ObjectSource};

/// The services behind the plane.
pub struct BedrockPlane {
    models: Models,
    guardrails: Guardrails,
    objects: Arc<dyn ObjectSource>,
    clock: Arc<dyn Clock>,
}

impl BedrockPlane {
    /// The plane over these services.
    pub fn new(
        models: Models,
        guardrails: Guardrails,
        objects: Arc<dyn ObjectSource>,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        Arc::new(Self { models, guardrails, objects, clock })
    }
}

restjson::operations! {
    BedrockPlane:
    wire::Converse,
    wire::ConverseStream,
    wire::InvokeModel,
    wire::InvokeModelWithResponseStream,
    wire::CountTokens,
    guardrail::ApplyGuardrail,
    foundation_models::ListFoundationModels,
    foundation_models::GetFoundationModel,
    inference_profiles::ListInferenceProfiles,
    inference_profiles::GetInferenceProfile,
}
