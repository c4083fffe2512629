//! Data-plane handlers: from the wire's types to the services' and back, one operation a file.

mod runtimes;

use std::sync::Arc;

use data_api::runtimes as agent;
use ids::Region;
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
}

restjson::operations! {
    DataPlane:
    agent::InvokeAgentRuntime,
    agent::StopRuntimeSession,
}
