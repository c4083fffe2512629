//! Control-plane handlers: from the wire's types to the services' and back, one operation a file.
//!
//! No decision is taken here that a service could take. What belongs here: parsing names and ids, choosing what of a
//! request is not built yet, opening and sealing page tokens.

mod listing;
mod runtimes;
mod tags;
mod token;

use std::sync::Arc;

use control_api::runtimes as agent;
use control_api::tags as tag;
use restjson::{PageTokens, Registry};
use runtime::Runtime;

/// The services behind the control plane.
pub struct ControlPlane {
    runtime: Runtime,
    pages: PageTokens,
}

impl ControlPlane {
    /// The plane over these services.
    pub fn new(runtime: Runtime, pages: PageTokens) -> Arc<Self> {
        Arc::new(Self { runtime, pages })
    }

    /// Names every operation that this plane answers. What is not here answers "not implemented".
    pub fn register(self: &Arc<Self>, registry: Registry) -> Registry {
        registry
            .on::<agent::CreateAgentRuntime>(Arc::clone(self))
            .on::<agent::GetAgentRuntime>(Arc::clone(self))
            .on::<agent::UpdateAgentRuntime>(Arc::clone(self))
            .on::<agent::DeleteAgentRuntime>(Arc::clone(self))
            .on::<agent::ListAgentRuntimes>(Arc::clone(self))
            .on::<agent::ListAgentRuntimeVersions>(Arc::clone(self))
            .on::<agent::CreateAgentRuntimeEndpoint>(Arc::clone(self))
            .on::<agent::GetAgentRuntimeEndpoint>(Arc::clone(self))
            .on::<agent::UpdateAgentRuntimeEndpoint>(Arc::clone(self))
            .on::<agent::DeleteAgentRuntimeEndpoint>(Arc::clone(self))
            .on::<agent::ListAgentRuntimeEndpoints>(Arc::clone(self))
            .on::<tag::TagResource>(Arc::clone(self))
            .on::<tag::UntagResource>(Arc::clone(self))
            .on::<tag::ListTagsForResource>(Arc::clone(self))
    }
}
