//! Data-plane handlers: from the wire's types to the services' and back, one operation a file.

mod runtimes;

use std::sync::Arc;

use data_api::runtimes as agent;
use ids::Region;
use restjson::{Operation, OperationSpec, Registry};
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

/// Lists the operations that this plane answers, once: for the registry, and for the board of what is built.
macro_rules! operations {
    ($($operation:ty),* $(,)?) => {
        /// The operations that this plane answers. What is not here answers "not implemented".
        pub const IMPLEMENTED: &[&OperationSpec] = &[$(<$operation as Operation>::SPEC),*];

        impl DataPlane {
            /// Makes this plane the one that answers them.
            pub fn register(self: &Arc<Self>, registry: Registry) -> Registry {
                registry$(.on::<$operation>(Arc::clone(self)))*
            }
        }
    };
}

operations! {
    agent::InvokeAgentRuntime,
    agent::StopRuntimeSession,
}
