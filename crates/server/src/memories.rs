//! The Memory service wired to what it stands on.

use std::sync::Arc;
use std::time::Duration;

use memory::outside::ReadHere;
use memory::{Memory, Options, Outside, Parts};
use models::Models;
use s3_door::Objects;
use search_local::LocalSearch;
use stdx::{Clock, Rng};
use store::{Blobs, Store};

use crate::compose::StartError;
use crate::delivery::{Deliveries, StoredConversations};
use crate::documents::ReaderProcess;
use crate::settings::Settings;

/// Starts the service.
pub(crate) async fn start(
    settings: &Settings,
    models: &Models,
    objects: &Objects,
    store: &Arc<dyn Store>,
    blobs: &Arc<dyn Blobs>,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
) -> Result<Memory, StartError> {
    let directory = settings.data.search();
    let index = LocalSearch::open(search_local::Options::new(&directory))
        .map_err(|source| StartError::Data { path: directory, source })?;
    let parts = Parts {
        store: Arc::clone(store),
        blobs: Arc::clone(blobs),
        index: Arc::new(index),
        models: Arc::new(models.clone()),
        clock: Arc::clone(clock),
        rng: Arc::clone(rng),
        outside: outside(settings, objects, clock, rng)?,
        options: options(settings)?,
    };
    Memory::start(parts).await.map_err(StartError::Recovery)
}

fn outside(
    settings: &Settings,
    objects: &Objects,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
) -> Result<Outside, StartError> {
    let places = settings.memory.streams.iter().chain(&settings.memory.topics);
    let courier = Deliveries::new(places, clock, rng)?;
    Ok(Outside {
        courier: Arc::new(courier),
        buckets: Arc::new(StoredConversations(objects.clone())),
        reader: match &settings.document_reader {
            Some(program) => Arc::new(ReaderProcess::new(program.clone(), Arc::clone(clock))),
            None => Arc::new(ReadHere),
        },
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
        ..default
    })
}
