//! What a server is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use config::{DataDirectory, Limits, Memory, Prices, Usage};
use ids::{AccountId, Region};
use sandbox::Engine;

/// What a server is started with, after every source of options has been heard.
pub struct Settings {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Listen beyond this machine although the traffic is not encrypted.
    pub allow_plaintext: bool,
    /// The data directory.
    pub data: DataDirectory,
    /// The region.
    pub region: Region,
    /// The account of the root key.
    pub account: AccountId,
    /// Further host names under which clients reach the server.
    pub host_aliases: Vec<String>,
    /// Where sandboxes come from.
    pub engine: EngineChoice,
    /// What agents and sessions may use.
    pub limits: Limits,
    /// The models file, which may not be there.
    pub models: PathBuf,
    /// The program that reads documents from strangers, in a process of its own each time; without one, they are read
    /// in the server's, which is for tests.
    pub document_reader: Option<PathBuf>,
    /// How memories learn and are searched.
    pub memory: Memory,
    /// What usage costs.
    pub prices: Prices,
    /// How usage is remembered.
    pub usage: Usage,
}

/// Which engine starts sandboxes.
pub enum EngineChoice {
    /// QEMU microVMs.
    MicroVm {
        /// Where guest kernels and base images lie.
        images: PathBuf,
        /// The guest's first program.
        guest_agent: PathBuf,
    },
    /// One that the caller has made, for tests.
    Given(Arc<dyn Engine>),
}
