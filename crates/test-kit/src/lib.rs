//! A whole server in-process, for tests: every part is the real one but the sandboxes, which are simulated.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use authn::RootKey;
use config::{DataDirectory, Limits, Memory, Prices, Usage};
use ids::{AccountId, Region};
use sandbox_sim::{SimEngine, SimHost, SimOptions};
use server::{EngineChoice, Server, Settings};
use stdx::{SystemClock, SystemRng};
use tempfile::TempDir;

/// A server on a free port, with a data directory of its own.
pub struct TestServer {
    server: Server,
    /// The simulated machine that its sandboxes run on.
    pub host: Arc<SimHost>,
    /// The key that clients sign with.
    pub key: RootKey,
    data: Data,
}

/// A data directory, and whether it goes with its server.
enum Data {
    Ours(TempDir),
    Kept(PathBuf),
}

impl Data {
    fn path(&self) -> &Path {
        match self {
            Self::Ours(directory) => directory.path(),
            Self::Kept(path) => path,
        }
    }
}

impl TestServer {
    /// Starts a server with the default limits.
    pub async fn start() -> Result<Self> {
        Self::with_limits(Limits::default()).await
    }

    /// Starts a server with these limits.
    pub async fn with_limits(limits: Limits) -> Result<Self> {
        Self::on(Data::Ours(TempDir::new()?), new_host(), limits).await
    }

    /// Starts a server on a data directory that outlives it.
    pub async fn at(data: &Path) -> Result<Self> {
        Self::on(Data::Kept(data.to_owned()), new_host(), Limits::default()).await
    }

    /// Stops the server and starts another one on what it leaves: same data, same machine, another port.
    pub async fn restart(self) -> Result<Self> {
        let Self { server, host, data, .. } = self;
        server.shut_down().await;
        Self::on(data, host, Limits::default()).await
    }

    async fn on(data: Data, host: Arc<SimHost>, limits: Limits) -> Result<Self> {
        let server = Server::start(Settings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_plaintext: false,
            data: DataDirectory::new(data.path()),
            region: Region::default(),
            account: AccountId::default(),
            host_aliases: Vec::new(),
            engine: EngineChoice::Given(Arc::new(SimEngine::new(Arc::clone(&host)))),
            limits,
            models: DataDirectory::new(data.path()).models_file(),
            document_reader: None,
            memory: Memory::default(),
            prices: Prices::default(),
            usage: Usage::default(),
        })
        .await?;
        let key = RootKey::load_or_create(data.path(), &SystemRng)?;
        Ok(Self { server, host, key, data })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// What a client's environment must hold, as `freehold env` prints it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let url = format!("http://{}", self.address());
        let mut variables = vec![
            ("AWS_ACCESS_KEY_ID".to_owned(), self.key.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), self.key.secret.expose().to_owned()),
            ("AWS_REGION".to_owned(), Region::default().to_string()),
            ("AWS_DEFAULT_REGION".to_owned(), Region::default().to_string()),
        ];
        for service in ["BEDROCK_AGENTCORE", "BEDROCK_AGENTCORE_CONTROL", "S3", "STS"] {
            variables.push((format!("AWS_ENDPOINT_URL_{service}"), url.clone()));
        }
        variables
    }

    /// Stops the server and removes its data, unless that was given to it.
    pub async fn shut_down(self) {
        self.server.shut_down().await;
    }
}

fn new_host() -> Arc<SimHost> {
    SimHost::new(Arc::new(SystemClock), SimOptions::default())
}

/// The Python that the tests' clients run on: `FREEHOLD_PYTHON`, or the `.venv` that `make setup` makes at `root`.
pub fn python(root: &Path) -> Result<PathBuf> {
    let chosen = std::env::var_os("FREEHOLD_PYTHON").map(PathBuf::from);
    let python = chosen.unwrap_or_else(|| root.join(".venv/bin/python"));
    anyhow::ensure!(python.exists(), "there is no Python with boto3 at {}: run make setup", python.display());
    Ok(python)
}
