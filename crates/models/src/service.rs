//! The handle that everything goes through, and what it is made from.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use fault::Result;
use inference::{Attribution, Embedding, Events, Inference, ModelError, Purpose, Request};
use stdx::{BoxFuture, Clock, Rng};
use store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::breakers::Breakers;
use crate::catalog::Catalog;
use crate::observer::Observer;
use crate::source::Source;
use crate::usage::ledger::Ledger;
use crate::usage::writer;

/// The service's settings.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often the source of the catalog is asked, at most.
    pub look_every: Duration,
    /// How long records are kept.
    pub keep: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { look_every: Duration::from_secs(1), keep: Duration::from_hours(400 * 24) }
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
    /// Who is told of each call that is over.
    pub observer: Arc<dyn Observer>,
    /// Settings.
    pub options: Options,
}

/// A handle on the service; cloning it is cheap.
#[derive(Clone)]
pub struct Models(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) breakers: Arc<Breakers>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) observer: Arc<dyn Observer>,
    source: Arc<dyn Source>,
    pub(crate) options: Options,
    current: RwLock<Current>,
    /// When the source may be asked again, in milliseconds of the clock that never jumps.
    look_at: AtomicU64,
    /// Held while a catalog is being put in place of another.
    replacing: tokio::sync::Mutex<()>,
    stopping: CancellationToken,
    tasks: TaskTracker,
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
    pub async fn start(parts: Parts) -> Result<Self> {
        let Parts { store, clock, rng, source, observer, options } = parts;
        let ledger = Arc::new(Ledger::new(store, Arc::clone(&clock), Arc::clone(&rng)));
        let inner = Inner {
            breakers: Arc::new(Breakers::new(Arc::clone(&clock))),
            ledger,
            observer,
            clock,
            rng,
            source,
            options,
            current: RwLock::default(),
            look_at: AtomicU64::new(0),
            replacing: tokio::sync::Mutex::default(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        inner.tasks.spawn(writer::run(Arc::clone(&inner.ledger), inner.stopping.clone()));
        let models = Self(Arc::new(inner));
        models.0.look().await;
        Ok(models)
    }

    /// Looks whether the source says something new, if it is time for a look: for who uses what else it says.
    pub async fn refresh(&self) {
        self.0.current().await;
    }

    /// Takes no more calls, waits for those under way, and writes down what is still to be written.
    pub async fn shut_down(&self) {
        self.0.ledger.close().await;
        self.0.stopping.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
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

    /// Asks the source, and puts what is new in place of what is old. Goes on to the end even if the caller goes away:
    /// what the source has said once it does not say again.
    pub(crate) async fn look(self: &Arc<Self>) {
        let inner = Arc::clone(self);
        let looking = self.tasks.spawn(async move { inner.look_on().await });
        if let Err(error) = looking.await {
            tracing::error!(%error, "the models file was not looked at");
        }
    }

    async fn look_on(self: &Arc<Self>) {
        let _replacing = self.replacing.lock().await;
        let source = Arc::clone(&self.source);
        let said = tokio::task::spawn_blocking(move || source.read()).await;
        let said = said.unwrap_or_else(|error| Some(Err(format!("reading it failed: {error}"))));
        match said {
            None => {}
            Some(Ok(catalog)) => match catalog.check() {
                Ok(()) => self.replace(catalog).await,
                Err(trouble) => self.keep_what_there_is(trouble),
            },
            Some(Err(trouble)) => self.keep_what_there_is(trouble),
        }
    }

    fn keep_what_there_is(&self, trouble: String) {
        tracing::error!(%trouble, "the models file cannot be used; what it said before stays in use");
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.trouble = Some(trouble.into());
    }

    async fn replace(&self, catalog: Catalog) {
        let currency = &catalog.prices.currency;
        if let Err(error) = self.ledger.set_budgets(&catalog.budgets, currency).await {
            return self.keep_what_there_is(format!("what the budgets have spent cannot be read: {error}"));
        }
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
