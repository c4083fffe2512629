//! The handle that everything goes through, and what it is made from.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use fault::Result;
use inference::{Attribution, Embedding, Events, Inference, ModelError, Purpose, Request};
use stdx::{BoxFuture, Clock, Rng};
use store::Store;

use crate::breakers::Breakers;
use crate::catalog::Catalog;
use crate::source::Source;

/// The service's settings.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often the source of the catalog is asked, at most.
    pub look_every: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { look_every: Duration::from_secs(1) }
    }
}

/// What the service is made from.
pub struct Parts {
    /// Records.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub rng: Arc<dyn Rng>,
    /// Where the catalog comes from.
    pub source: Arc<dyn Source>,
    /// Settings.
    pub options: Options,
}

/// A handle on the service; cloning it is cheap.
#[derive(Clone)]
pub struct Models(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) breakers: Arc<Breakers>,
    source: Arc<dyn Source>,
    options: Options,
    current: RwLock<Current>,
    /// When the source may be asked again, in milliseconds of the clock that never jumps.
    look_at: AtomicU64,
    /// Held while a catalog is being put in place of another.
    replacing: tokio::sync::Mutex<()>,
}

/// The catalog in use.
#[derive(Clone, Default)]
pub(crate) struct Current {
    pub(crate) catalog: Arc<Catalog>,
    /// Why a newer one is not.
    pub(crate) trouble: Option<Arc<str>>,
}

impl Models {
    /// Starts with what the source says. A source that cannot be used is no reason not to start: every call is told.
    #[expect(clippy::unused_async, reason = "it is going to read what was spent")]
    pub async fn start(parts: Parts) -> Result<Self> {
        let Parts { store, clock, rng, source, options } = parts;
        let inner = Inner {
            breakers: Arc::new(Breakers::new(Arc::clone(&clock))),
            store,
            clock,
            rng,
            source,
            options,
            current: RwLock::default(),
            look_at: AtomicU64::new(0),
            replacing: tokio::sync::Mutex::default(),
        };
        let models = Self(Arc::new(inner));
        models.0.look().await;
        Ok(models)
    }

    /// Waits for what is still to be written.
    #[expect(clippy::unused_async, reason = "it is going to write records")]
    pub async fn shut_down(&self) {
        let _ = &self.0.store;
    }
}

impl Inner {
    /// The catalog in use, after a look at the source if it is time for one.
    pub(crate) async fn current(self: &Arc<Self>) -> Current {
        let now = u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(u64::MAX);
        let due = self.look_at.load(Ordering::Relaxed);
        if now >= due {
            let every = u64::try_from(self.options.look_every.as_millis()).unwrap_or(u64::MAX);
            let next = now.saturating_add(every);
            // Of the calls that find it due one looks; the others go on with what there is.
            if self.look_at.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                self.look().await;
            }
        }
        self.as_it_is()
    }

    pub(crate) fn as_it_is(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the source, and puts what is new in place of what is old.
    pub(crate) async fn look(self: &Arc<Self>) {
        let _replacing = self.replacing.lock().await;
        let source = Arc::clone(&self.source);
        let said = tokio::task::spawn_blocking(move || source.read()).await;
        let said = said.unwrap_or_else(|error| Some(Err(format!("reading it failed: {error}"))));
        match said {
            None => {}
            Some(Ok(catalog)) => self.replace(catalog),
            Some(Err(trouble)) => {
                tracing::error!(%trouble, "the models file cannot be used; what it said before stays in use");
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                current.trouble = Some(trouble.into());
            }
        }
    }

    fn replace(&self, catalog: Catalog) {
        let before = self.as_it_is().catalog;
        self.breakers.replaced(&before, &catalog);
        tracing::info!(aliases = catalog.aliases.len(), "the models file is in use");
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Current { catalog: Arc::new(catalog), trouble: None };
    }
}

impl Inference for Models {
    fn converse<'a>(
        &'a self,
        request: Request,
        whom: &'a Attribution,
    ) -> BoxFuture<'a, Result<Events, ModelError>> {
        Box::pin(self.0.converse(request, whom))
    }

    fn count_tokens<'a>(
        &'a self,
        request: Request,
        _whom: &'a Attribution,
    ) -> BoxFuture<'a, Result<u64, ModelError>> {
        Box::pin(self.0.count_tokens(request))
    }

    fn embed<'a>(
        &'a self,
        alias: &'a str,
        texts: &'a [String],
        purpose: Purpose,
        whom: &'a Attribution,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>> {
        Box::pin(self.0.embed(alias, texts, purpose, whom))
    }
}
