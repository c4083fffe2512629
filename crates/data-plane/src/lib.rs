//! Data-plane handlers: from the wire's types to the services' and back, one operation a file.

mod memories;
mod runtimes;

use std::sync::Arc;

use data_api::memories as mem;
use data_api::runtimes as agent;
use ids::Region;
use memory::Memory;
use restjson::PageTokens;
use runtime::Runtime;

/// The services behind the data plane.
pub struct DataPlane {
    runtime: Runtime,
    memory: Memory,
    region: Region,
    pages: PageTokens,
}

impl DataPlane {
    /// The plane over these services, in this region.
    pub fn new(runtime: Runtime, memory: Memory, region: Region, pages: PageTokens) -> Arc<Self> {
        Arc::new(Self { runtime, memory, region, pages })
    }
}

restjson::operations! {
    DataPlane:
    agent::InvokeAgentRuntime,
    agent::StopRuntimeSession,
    mem::CreateEvent,
    mem::GetEvent,
    mem::DeleteEvent,
    mem::ListEvents,
    mem::ListActors,
    mem::ListSessions,
    mem::IngestData,
    mem::ListMemoryExtractionJobs,
    mem::StartMemoryExtractionJob,
    mem::BatchCreateMemoryRecords,
    mem::BatchUpdateMemoryRecords,
    mem::BatchDeleteMemoryRecords,
    mem::GetMemoryRecord,
    mem::DeleteMemoryRecord,
    mem::ListMemoryRecords,
    mem::RetrieveMemoryRecords,
}
