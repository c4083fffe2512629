//! Control-plane handlers: from the wire's types to the services' and back, one operation a file.
//!
//! No decision is taken here that a service could take. What belongs here: parsing names and ids, choosing what of a
//! request is not built yet, opening and sealing page tokens.

mod listing;
mod memories;
mod runtimes;
mod tags;
mod token;

use std::sync::Arc;

use control_api::memories as mem;
use control_api::runtimes as agent;
use control_api::tags as tag;
use memory::Memory;
use restjson::PageTokens;
use runtime::Runtime;

/// The services behind the control plane.
pub struct ControlPlane {
    runtime: Runtime,
    memory: Memory,
    pages: PageTokens,
}

impl ControlPlane {
    /// The plane over these services.
    pub fn new(runtime: Runtime, memory: Memory, pages: PageTokens) -> Arc<Self> {
        Arc::new(Self { runtime, memory, pages })
    }
}

restjson::operations! {
    ControlPlane:
    agent::CreateAgentRuntime,
    agent::GetAgentRuntime,
    agent::UpdateAgentRuntime,
    agent::DeleteAgentRuntime,
    agent::ListAgentRuntimes,
    agent::ListAgentRuntimeVersions,
    agent::CreateAgentRuntimeEndpoint,
    agent::GetAgentRuntimeEndpoint,
    agent::UpdateAgentRuntimeEndpoint,
    agent::DeleteAgentRuntimeEndpoint,
    agent::ListAgentRuntimeEndpoints,
    mem::CreateMemory,
    mem::GetMemory,
    mem::UpdateMemory,
    mem::DeleteMemory,
    mem::ListMemories,
    tag::TagResource,
    tag::UntagResource,
    tag::ListTagsForResource,
}
