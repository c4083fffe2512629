//! Building the parts and wiring them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use api_keys::{ApiKey, ApiKeys};
use authn::{CredentialStore, RootCredentials, RootKey, Service, Verifier};
use fault::Fault;
use guardrails::Guardrails;
use memory::Memory;
use metering::Metering;
use models::Models;
use runtime::{Options, Parts, Runtime};
use s3_door::{Credentials, Objects, S3Door, Setting};
use sandbox::{Engine, SandboxError};
use sandbox_qemu::{QemuEngine, QemuOptions};
use stdx::{BoxFuture, Clock, Rng, SystemClock, SystemRng};
use store::{Blobs, Store};
use store_sqlite::{DirectoryBlobs, SqliteStore};
use telemetry::Metrics;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::code::StoredCode;
use crate::edge::Edge;
use crate::inside::{self, Inside, Lives};
use crate::listen::{self, ListenError};
use crate::memories::Ground;
use crate::metering::{Books, PriceError};
use crate::models::{FileSource, Page};
use crate::no_engine::NoEngine;
use crate::objects::StoredObjects;
use crate::registry::{Behind, bedrock};
use crate::services::Services;
use crate::settings::{EngineChoice, Settings};
use crate::{housekeeping, memories, page_key};

/// A server that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It cannot listen.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The data directory cannot be made.
    #[error("the data directory {path} cannot be used")]
    Data {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The database or the blobs cannot be opened.
    #[error(transparent)]
    Store(#[from] store_sqlite::OpenError),
    /// The root key cannot be used.
    #[error(transparent)]
    RootKey(#[from] authn::RootKeyError),
    /// The metrics page cannot be set up.
    #[error(transparent)]
    Metrics(#[from] telemetry::MetricsError),
    /// The sandbox engine cannot be opened.
    #[error("the sandbox engine cannot be opened")]
    Engine(#[from] SandboxError),
    /// A webhook of the configuration is none.
    #[error("the webhook of {arn} cannot be used")]
    Webhook {
        /// Whose notices it is for.
        arn: String,
        /// Why.
        #[source]
        source: inference::ModelError,
    },
    /// A price is none.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// What an earlier process left behind cannot be taken up.
    #[error("what an earlier server left behind cannot be taken up: {0}")]
    Recovery(Fault),
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    runtime: Runtime,
    metering: Metering,
    memory: Memory,
    models: Models,
    /// For what agents call, to the end of the last sandbox.
    services: Arc<Services>,
    store: Arc<SqliteStore>,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    /// Starts a server. When this returns it answers.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let listener = listen::bind(settings.listen, settings.allow_plaintext).await?;
        let address = listener
            .local_addr()
            .map_err(|source| ListenError::Unavailable { address: settings.listen, source })?;
        let (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>) = (Arc::new(SystemClock), Arc::new(SystemRng));
        let disk = Disk::open(&settings, &clock, &rng)?;
        let store: Arc<dyn Store> = Arc::clone(&disk.store) as _;
        let objects = disk.objects(&settings, &clock, &rng);
        let stored = StoredObjects { objects: objects.clone(), blobs: Arc::clone(&disk.blobs) };
        let metering = metering(&settings, &store, &clock).await?;
        let metrics = Arc::new(Metrics::new()?);
        let guardrails = Guardrails::default();
        let models = models(&settings, &guardrails, &store, &clock, &rng, &metrics).await?;
        let ground = Ground {
            models: &models,
            objects: &objects,
            store: &store,
            blobs: &disk.blobs,
            metrics: &metrics,
            clock: &clock,
            rng: &rng,
        };
        let memory = memories::start(&settings, ground).await?;
        let (engine, lives) = (engine(&settings, &clock, &rng).await?, Lives::default());
        let runtime = Runtime::start(Parts {
            store: Arc::clone(&store),
            blobs: Arc::clone(&disk.blobs),
            engine: Arc::clone(&engine),
            code: Arc::new(StoredCode(objects.clone())),
            metering: Arc::new(Books {
                metering: metering.clone(),
                lives: lives.clone(),
                region: settings.region.clone(),
            }),
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
            options: options(&settings, address),
        })
        .await
        .map_err(StartError::Recovery)?;
        let keys = keys(&settings, &disk, &store, &clock, &rng);
        let credentials = Arc::new(RootCredentials::new(&disk.root_key, settings.account.as_str()));
        let behind =
            Behind { runtime: &runtime, memory: &memory, metering: &metering, models: &models, keys: &keys };
        let services = Arc::new(Services {
            registry: Arc::new(behind.registry(&settings.region, &disk.page_key)),
            bedrock: Arc::new(bedrock(&models, guardrails, stored, &clock)),
            verifier: Arc::new(verifier(&settings, Arc::clone(&credentials) as _, &clock)),
            objects: S3Door::new(objects, Arc::new(DoorKeys(credentials))),
            runtime: runtime.clone(),
            memory: memory.clone(),
            metering: metering.clone(),
            models: models.clone(),
            keys,
            metrics,
            clock: Arc::clone(&clock),
            rng,
            region: settings.region.to_string(),
            inside: None,
            spool: settings.data.work(),
        });
        engine.attach(Arc::new(Inside::new(&services, verification(&settings), lives)));
        let edge = Arc::new(Edge((*services).clone()));
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(listen::serve(listener, edge, stopping.clone()));
        tasks.spawn(housekeeping::run(
            store,
            disk.blobs,
            metering.clone(),
            models.clone(),
            memory.clone(),
            clock,
            stopping.clone(),
        ));
        Ok(Self { address, runtime, metering, memory, models, services, store: disk.store, stopping, tasks })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets answers under way end, ends every session, and closes the store.
    pub async fn shut_down(self) {
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.runtime.shut_down().await;
        drop(self.services);
        // Every sandbox has ended, so this writes the last of what they used.
        self.metering.shut_down().await;
        // It asks models and writes rows to its last moment.
        self.memory.shut_down().await;
        self.models.shut_down().await;
        self.store.close().await;
    }
}

/// What lies in the data directory.
struct Disk {
    store: Arc<SqliteStore>,
    blobs: Arc<dyn Blobs>,
    root_key: RootKey,
    page_key: [u8; 32],
}

impl Disk {
    fn open(settings: &Settings, clock: &Arc<dyn Clock>, rng: &Arc<dyn Rng>) -> Result<Self, StartError> {
        let path = settings.data.path();
        let unusable = |source| StartError::Data { path: path.to_owned(), source };
        settings.data.create().map_err(unusable)?;
        // The store's lock keeps a second server out, so it comes before everything else.
        let store = Arc::new(SqliteStore::open(path)?);
        let blobs = DirectoryBlobs::open(
            path,
            Arc::clone(&store) as _,
            Arc::clone(clock),
            Arc::clone(rng),
            store_sqlite::GRACE,
        )?;
        let root_key = RootKey::load_or_create(path, &**rng)?;
        let page_key = page_key::load_or_create(&settings.data.page_key(), &**rng).map_err(unusable)?;
        Ok(Self { store, blobs: Arc::new(blobs), root_key, page_key })
    }

    fn objects(&self, settings: &Settings, clock: &Arc<dyn Clock>, rng: &Arc<dyn Rng>) -> Objects {
        Objects::new(Setting {
            store: Arc::clone(&self.store) as _,
            blobs: Arc::clone(&self.blobs),
            clock: Arc::clone(clock),
            rng: Arc::clone(rng),
            region: settings.region.to_string(),
            account: settings.account.to_string(),
        })
    }
}

async fn metering(
    settings: &Settings,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
) -> Result<Metering, StartError> {
    let options = crate::metering::options(&settings.prices, &settings.usage)?;
    let (store, clock) = (Arc::clone(store), Arc::clone(clock));
    Metering::start(metering::Parts { store, clock, options }).await.map_err(StartError::Recovery)
}

/// Keys for callers that sign nothing.
fn keys(
    settings: &Settings,
    disk: &Disk,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
) -> ApiKeys {
    ApiKeys::new(api_keys::Parts {
        store: Arc::clone(store),
        clock: Arc::clone(clock),
        rng: Arc::clone(rng),
        root_account: settings.account.clone(),
        root: ApiKey::derived(disk.root_key.secret.expose()),
    })
}

/// Models by the names that the models file gives them.
async fn models(
    settings: &Settings,
    guardrails: &Guardrails,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
    metrics: &Arc<Metrics>,
) -> Result<Models, StartError> {
    let (file, local) = (settings.models.clone(), settings.data.models());
    let source = FileSource::new(
        file,
        local,
        guardrails.clone(),
        Arc::clone(store),
        Arc::clone(clock),
        Arc::clone(rng),
    );
    let parts = models::Parts {
        store: Arc::clone(store),
        clock: Arc::clone(clock),
        rng: Arc::clone(rng),
        source: Arc::new(source),
        observer: Arc::new(Page(Arc::clone(metrics))),
        options: crate::models::options(&settings.usage),
    };
    Models::start(parts).await.map_err(StartError::Recovery)
}

/// The engine that was chosen. Where it lacks something the server starts all the same: everything but sandboxes
/// works, and what needs one says what to install.
async fn engine(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    rng: &Arc<dyn Rng>,
) -> Result<Arc<dyn Engine>, StartError> {
    let (images, guest_agent) = match &settings.engine {
        EngineChoice::Given(engine) => return Ok(Arc::clone(engine)),
        EngineChoice::MicroVm { images, guest_agent } => (images.clone(), guest_agent.clone()),
    };
    let mut options =
        QemuOptions { images, guest_agent, ..QemuOptions::from_environment(settings.data.sandboxes()) };
    options.spares = settings.limits.machines_ahead.unwrap_or(options.spares);
    match QemuEngine::open(options, Arc::clone(clock), Arc::clone(rng)).await {
        Ok(engine) => Ok(Arc::new(engine)),
        Err(SandboxError::NotInstalled(missing)) => Ok(Arc::new(NoEngine { missing })),
        Err(error) => Err(error.into()),
    }
}

fn options(settings: &Settings, address: SocketAddr) -> Options {
    let limits = &settings.limits;
    let default = Options::new(settings.data.work());
    let mut sandbox = default.sandbox;
    sandbox.memory_mib = limits.sandbox_memory_mib.unwrap_or(sandbox.memory_mib);
    sandbox.disk_mib = limits.sandbox_disk_mib.unwrap_or(sandbox.disk_mib);
    sandbox.vcpus = limits.sandbox_vcpus.unwrap_or(sandbox.vcpus);
    sandbox.processes = limits.sandbox_processes.unwrap_or(sandbox.processes);
    Options {
        region: settings.region.clone(),
        endpoint_url: format!("http://{address}"),
        environment: inside::environment(&settings.region),
        sandbox,
        start_budget: limits.start_seconds.map_or(default.start_budget, Duration::from_secs),
        max_sessions: limits.sessions.unwrap_or(default.max_sessions),
        suspend_after: match limits.suspend_after_seconds {
            Some(0) => None,
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => default.suspend_after,
        },
        max_checkpoints: limits.checkpoints_per_session.unwrap_or(default.max_checkpoints),
        new_sessions_per_second: limits.new_sessions_per_second.unwrap_or(default.new_sessions_per_second),
        new_sessions_per_minute: limits.new_sessions_per_minute,
        requests_per_second: limits.requests_per_second.unwrap_or(default.requests_per_second),
        ..default
    }
}

fn verifier(settings: &Settings, credentials: Arc<dyn CredentialStore>, clock: &Arc<dyn Clock>) -> Verifier {
    Verifier::new(verification(settings), credentials, Arc::clone(clock))
}

fn verification(settings: &Settings) -> authn::Options {
    authn::Options {
        region: settings.region.to_string(),
        services: vec![
            Service::new("bedrock-agentcore"),
            Service::new(crate::doors::bedrock::SIGNING_NAME),
            Service::s3(),
            Service::sts(),
        ],
        host_aliases: settings.host_aliases.clone(),
    }
}

/// The same credentials as the S3 door asks for them.
struct DoorKeys(Arc<RootCredentials>);

impl Credentials for DoorKeys {
    fn lookup<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Option<String>> {
        Box::pin(async move {
            // The root key is in memory, so this does not fail; a store that does will be a key that is not known.
            let found = self.0.find(access_key_id).await.ok().flatten();
            found.map(|credential| credential.secret.expose().to_owned())
        })
    }
}
