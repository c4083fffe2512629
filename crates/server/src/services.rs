//! What the doors answer from, and what they answer with.

use std::sync::Arc;

use authn::Verifier;
use http::Response;
use metering::Metering;
use models::Models;
use restjson::Registry;
use runtime::Runtime;
use s3_door::S3Door;
use stdx::{Clock, Rng};
use telemetry::Metrics;

use crate::body::Answer;

/// Everything that answering a request takes.
pub(crate) struct Services {
    pub(crate) registry: Registry,
    pub(crate) verifier: Verifier,
    pub(crate) objects: S3Door,
    pub(crate) runtime: Runtime,
    pub(crate) metering: Metering,
    /// Models by the names that agents use.
    pub(crate) models: Models,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) region: String,
    /// For bodies that must be proven before anything is done and do not fit in memory.
    pub(crate) spool: std::path::PathBuf,
}

/// An answer with what the metrics call it.
pub(crate) struct Answered {
    pub(crate) door: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) response: Response<Answer>,
}
