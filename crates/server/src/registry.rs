//! The operations that are signed for, each with the plane that handles it.

use std::sync::Arc;

use api_keys::ApiKeys;
use bedrock_plane::BedrockPlane;
use control_plane::ControlPlane;
use data_plane::DataPlane;
use extension_plane::ExtensionPlane;
use guardrails::Guardrails;
use ids::Region;
use memory::Memory;
use metering::Metering;
use models::Models;
use restjson::{PageTokens, Registry};
use runtime::Runtime;
use stdx::Clock;

use crate::objects::StoredObjects;

/// The services behind AgentCore's operations and ours.
pub(crate) struct Behind<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) memory: &'a Memory,
    pub(crate) metering: &'a Metering,
    pub(crate) models: &'a Models,
    pub(crate) keys: &'a ApiKeys,
}

impl Behind<'_> {
    /// AgentCore's operations, and what Freehold adds to them.
    pub(crate) fn registry(&self, region: &Region, page_key: &[u8; 32]) -> Registry {
        let pages = || PageTokens::new(page_key);
        let control = ControlPlane::new(self.runtime.clone(), self.memory.clone(), pages());
        let data = DataPlane::new(self.runtime.clone(), self.memory.clone(), region.clone(), pages());
        let extension = ExtensionPlane::new(
            self.runtime.clone(),
            self.memory.clone(),
            self.metering.clone(),
            self.models.clone(),
            self.keys.clone(),
            pages(),
        );
        let all = [control_api::OPERATIONS, data_api::OPERATIONS, extension_plane::IMPLEMENTED];
        extension.register(data.register(control.register(Registry::new(&all))))
    }
}

/// Bedrock's operations, on our models.
pub(crate) fn bedrock(
    models: &Models,
    guardrails: Guardrails,
    objects: StoredObjects,
    clock: &Arc<dyn Clock>,
) -> Registry {
    let registry = Registry::new(&[bedrock_api::runtime::OPERATIONS, bedrock_api::catalog::OPERATIONS]);
    BedrockPlane::new(models.clone(), guardrails, Arc::new(objects), Arc::clone(clock)).register(registry)
}
