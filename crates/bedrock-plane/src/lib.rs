//! Handlers of Bedrock's API for asking models: from its wire to the inference port and back, one operation a file.
//!
//! The model ids of requests are aliases of the `models` service. What no provider could do is refused with a sentence
//! that says so, and never left out in silence.

mod answer;
mod conversation;
mod converse;
mod converse_stream;
mod events;
mod failure;
mod model;
mod whom;

use std::sync::Arc;

use bedrock_api::runtime::model as wire;
use models::Models;
use stdx::Clock;

/// The services behind the plane.
pub struct BedrockPlane {
    models: Models,
    clock: Arc<dyn Clock>,
}

impl BedrockPlane {
    /// The plane over these services.
    pub fn new(models: Models, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { models, clock })
    }
}

restjson::operations! {
    BedrockPlane:
    wire::Converse,
    wire::ConverseStream,
}
