//! The Memory service wired to what it stands on.

mod observer;

use std::sync::Arc;
use std::time::Duration;

use memory::outside::ReadHere;
use memory::{Memory, Options, Outside, Parts, RequestRates};
use models::Models;
use s3_door::Objects;
use search_local::LocalSearch;
use stdx::{Clock, Rng};
use store::{Blobs, Store};
use telemetry::Metrics;

use crate::compose::StartError;
use crate::delivery::{Deliveries, StoredConversations};
use crate::documents::ReaderProcess;
use crate::settings::Settings;
use observer::Page;

/// What the service stands on.
pub(crate) struct Ground<'a> {
    pub(crate) models: &'a Models,
    pub(crate) objects: &'a Objects,
    pub(crate) store: &'a Arc<dyn Store>,
    pub(crate) blobs: &'a Arc<dyn Blobs>,
    pub(crate) metrics: &'a Arc<Metrics>,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) rng: &'a Arc<dyn Rng>,
}

/// Starts the service.
pub(crate) async fn start(settings: &Settings, ground: Ground<'_>) -> Result<Memory, StartError> {
    let directory = settings.data.search();
    let index = LocalSearch::open(search_local::Options::new(&directory))
        .map_err(|source| StartError::Data { path: directory, source })?;
    let parts = Parts {
        store: Arc::clone(ground.store),
        blobs: Arc::clone(ground.blobs),
        index: Arc::new(index),
        models: Arc::new(ground.models.clone()),
        clock: Arc::clone(ground.clock),
        rng: Arc::clone(ground.rng),
        outside: outside(settings, &ground)?,
        options: options(settings)?,
    };
    Memory::start(parts).await.map_err(StartError::Recovery)
}

fn outside(settings: &Settings, ground: &Ground<'_>) -> Result<Outside, StartError> {
    let places = settings.memory.streams.iter().chain(&settings.memory.topics);
    let courier = Deliveries::new(places, ground.clock, ground.rng)?;
    Ok(Outside {
        courier: Arc::new(courier),
        buckets: Arc::new(StoredConversations(ground.objects.clone())),
        reader: match &settings.document_reader {
            Some(program) => Arc::new(ReaderProcess::new(program.clone(), Arc::clone(ground.clock))),
            None => Arc::new(ReadHere),
        },
        observer: Arc::new(Page(Arc::clone(ground.metrics))),
    })
}

fn options(settings: &Settings) -> Result<Options, StartError> {
    let set = &settings.memory;
    let default = Options::new(settings.region.clone());
    Ok(Options {
        keep_usage: settings
            .usage
            .retention_days
            .map_or(default.keep_usage, |days| Duration::from_hours(24 * u64::from(days))),
        prices: crate::metering::of_memories(&settings.prices)?,
        model: set.model.clone().unwrap_or(default.model),
        embedder: set.embedder.clone().unwrap_or(default.embedder),
        extract_after_messages: set.extract_after_messages.unwrap_or(default.extract_after_messages),
        extract_after_tokens: set.extract_after_tokens.unwrap_or(default.extract_after_tokens),
        extract_when_idle: set
            .extract_when_idle_seconds
            .map_or(default.extract_when_idle, Duration::from_secs),
        concurrent_extractions: set.concurrent_extractions.unwrap_or(default.concurrent_extractions),
        request_rates: set.request_rates.map_or(default.request_rates, |rates| match rates {
            config::RequestRates::Unlimited => RequestRates::Unlimited,
            config::RequestRates::Agentcore => RequestRates::AgentCore,
        }),
        ..default
    })
}
