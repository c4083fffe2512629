//! What the doors answer from, and what they answer with.

use std::sync::Arc;

use api_keys::ApiKeys;
use authn::Verifier;
use http::Response;
use memory::Memory;
use metering::Metering;
use models::Models;
use restjson::Registry;
use runtime::Runtime;
use s3_door::S3Door;
use stdx::{Clock, Rng};
use telemetry::Metrics;

use crate::body::Answer;
use crate::inside::Session;

/// Everything that answering a request takes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) registry: Arc<Registry>,
    /// Bedrock's operations, apart from AgentCore's so that no path can mean two.
    pub(crate) bedrock: Arc<Registry>,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) objects: S3Door,
    pub(crate) runtime: Runtime,
    pub(crate) memory: Memory,
    pub(crate) metering: Metering,
    /// Models by the names that agents use.
    pub(crate) models: Models,
    /// Keys of callers that sign nothing.
    pub(crate) keys: ApiKeys,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) region: String,
    /// The session that calls, if these are the doors as it finds them from inside.
    pub(crate) inside: Option<Arc<Session>>,
    /// For bodies that must be proven before anything is done and do not fit in memory.
    pub(crate) spool: std::path::PathBuf,
}

impl Services {
    /// The account that a key of ours belongs to. Inside, the channel says it, whatever the key.
    pub(crate) async fn holder(&self, key: &str) -> fault::Result<Option<String>> {
        match &self.inside {
            Some(session) => Ok(Some(session.account.clone())),
            None => Ok(self.keys.verify(key).await?.map(|holder| holder.account.to_string())),
        }
    }
}

/// An answer with what the metrics call it.
pub(crate) struct Answered {
    pub(crate) door: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) response: Response<Answer>,
}
