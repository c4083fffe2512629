//! `freehold serve`

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use ids::{AccountId, Region};
use server::{EngineChoice, Server, Settings};
use tokio::signal::unix::{SignalKind, signal};

use crate::paths::{DataArgument, ImageArguments};

const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7070);

/// Run the server until it is interrupted.
#[derive(Args)]
pub(crate) struct Serve {
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:7070]
    #[arg(long, env = "FREEHOLD_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Listen beyond this machine although nothing is encrypted
    #[arg(long, env = "FREEHOLD_ALLOW_PLAINTEXT")]
    allow_plaintext: bool,
    /// The region that clients sign for [default: us-east-1]
    #[arg(long, env = "FREEHOLD_REGION", value_parser = |text: &str| Region::parse(text))]
    region: Option<Region>,
    /// The account that the root key belongs to [default: 000000000000]
    #[arg(long, env = "FREEHOLD_ACCOUNT", value_parser = |text: &str| AccountId::parse(text))]
    account: Option<AccountId>,
    /// A further host name under which clients reach the server; may be repeated
    #[arg(long = "host-alias", env = "FREEHOLD_HOST_ALIASES", value_delimiter = ',', value_name = "NAME")]
    host_aliases: Vec<String>,
    #[command(flatten)]
    data: DataArgument,
    #[command(flatten)]
    images: ImageArguments,
}

impl Serve {
    pub(crate) fn run(self) -> Result<ExitCode> {
        telemetry::start_logs()?;
        let settings = self.settings()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(serve(settings))?;
        Ok(ExitCode::SUCCESS)
    }

    fn settings(self) -> Result<Settings> {
        let file = self.data.file()?;
        let mut host_aliases = self.host_aliases;
        host_aliases.extend(file.host_aliases.iter().cloned());
        let data = self.data.directory(&file)?;
        Ok(Settings {
            listen: self.listen.or(file.listen).unwrap_or(DEFAULT_ADDRESS),
            allow_plaintext: self.allow_plaintext,
            models: file.models.clone().unwrap_or_else(|| data.models_file()),
            data,
            region: self.region.or_else(|| file.region.clone()).unwrap_or_default(),
            account: self.account.or_else(|| file.account.clone()).unwrap_or_default(),
            host_aliases,
            engine: EngineChoice::MicroVm {
                images: self.images.images(&file)?,
                guest_agent: self.images.guest_agent()?,
            },
            limits: file.limits,
            document_reader: Some(std::env::current_exe().context("this program cannot be found")?),
            memory: file.memory,
            prices: file.prices,
            usage: file.usage,
        })
    }
}

async fn serve(settings: Settings) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be waited for")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be waited for")?;
    let server = Server::start(settings).await?;
    println!("freehold is ready on http://{}", server.address());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    server.shut_down().await;
    Ok(())
}
