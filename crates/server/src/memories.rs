//! The Memory service wired to what it stands on.

use std::sync::Arc;
use std::time::Duration;

use memory::{Memory, Options, Parts};
use models::Models;
use search::SearchIndex;
use search::memory::MemoryIndex;
use stdx::{Clock, Rng};
use store::{Blobs, Store};

use crate::compose::StartError;
use crate::settings::Settings;

/// Starts the service.
pub(crate) async fn start(
    settings: &Settings,
    models: &Models,
    store: &Arc<dyn Store>,
    blobs: &Arc<dyn Blobs>,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
) -> Result<Memory, StartError> {
    let index: Arc<dyn SearchIndex> = Arc::new(MemoryIndex::default());
    let parts = Parts {
        store: Arc::clone(store),
        blobs: Arc::clone(blobs),
        index,
        models: Arc::new(models.clone()),
        clock: Arc::clone(clock),
        rng: Arc::clone(rng),
        options: options(settings),
    };
    Memory::start(parts).await.map_err(StartError::Recovery)
}

fn options(settings: &Settings) -> Options {
    let set = &settings.memory;
    let default = Options::new(settings.region.clone());
    Options {
        model: set.model.clone().unwrap_or(default.model),
        embedder: set.embedder.clone().unwrap_or(default.embedder),
        extract_after_messages: set.extract_after_messages.unwrap_or(default.extract_after_messages),
        extract_after_tokens: set.extract_after_tokens.unwrap_or(default.extract_after_tokens),
        extract_when_idle: set
            .extract_when_idle_seconds
            .map_or(default.extract_when_idle, Duration::from_secs),
        concurrent_extractions: set.concurrent_extractions.unwrap_or(default.concurrent_extractions),
        ..default
    }
}
