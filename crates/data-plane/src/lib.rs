//! Data-plane handlers: from the wire's types to the services' and back, one operation a file.

mod runtimes;

use std::sync::Arc;

use data_api::runtimes as agent;
use ids::Region;
use restjson::Registry;
use runtime::Runtime;

/// The services behind the data plane.
pub struct DataPlane {
    runtime: Runtime,
    region: Region,
}

impl DataPlane {
    /// The plane over these services, in this region.
    pub fn new(runtime: Runtime, region: Region) -> Arc<Self> {
        Arc::new(Self { runtime, region })
    }

    /// Names every operation that this plane answers. What is not here answers "not implemented".
    pub fn register(self: &Arc<Self>, registry: Registry) -> Registry {
        registry
            .on::<agent::InvokeAgentRuntime>(Arc::clone(self))
            .on::<agent::StopRuntimeSession>(Arc::clone(self))
    }
}
