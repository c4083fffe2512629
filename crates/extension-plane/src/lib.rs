//! What Freehold adds to AgentCore's API, below a path prefix of its own: handlers, one operation a file.
//!
//! The operations travel as AgentCore's do (rest-json, SigV4, the same errors), so they are described by the same
//! [`restjson::OperationSpec`]s and live in the same registry; only that these are written by hand.

mod answer;
mod checkpoints;
mod documents;
mod keys;
mod memories;
mod models;
mod no_route;
mod sessions;
mod spec;
mod usage;

use std::sync::Arc;

use ::models::Models;
use api_keys::ApiKeys;
use memory::Memory;
use metering::Metering;
use restjson::PageTokens;
use runtime::Runtime;

pub use no_route::{PREFIX, name_what_exists};

/// The services behind these operations.
pub struct ExtensionPlane {
    runtime: Runtime,
    memory: Memory,
    metering: Metering,
    models: Models,
    keys: ApiKeys,
    pages: PageTokens,
}

impl ExtensionPlane {
    /// The plane over these services.
    pub fn new(
        runtime: Runtime,
        memory: Memory,
        metering: Metering,
        models: Models,
        keys: ApiKeys,
        pages: PageTokens,
    ) -> Arc<Self> {
        Arc::new(Self { runtime, memory, metering, models, keys, pages })
    }
}

restjson::operations! {
    ExtensionPlane:
    sessions::ListSessions,
    sessions::GetSession,
    sessions::StopSession,
    sessions::SuspendSession,
    sessions::ResumeSession,
    checkpoints::ListCheckpoints,
    checkpoints::CreateCheckpoint,
    checkpoints::DeleteCheckpoint,
    checkpoints::ForkSession,
    checkpoints::RewindSession,
    memories::ListMemories,
    memories::ShowMemory,
    memories::GetMemoryRecordOrigin,
    memories::SearchEvents,
    memories::FollowMemory,
    memories::GetMemoryReport,
    memories::ReindexMemory,
    documents::ListDocuments,
    documents::PutDocument,
    documents::ShowDocument,
    documents::DeleteDocument,
    usage::GetUsage,
    usage::GetMemoryUsage,
    models::ListModels,
    models::TestModel,
    models::GetModelUsage,
    keys::ListApiKeys,
    keys::CreateApiKey,
    keys::RevokeApiKey,
}
