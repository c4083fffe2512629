//! The configuration file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ids::{AccountId, Region};
use serde::Deserialize;

use crate::memory::Memory;
use crate::prices::{Prices, Usage};

/// What a configuration file can say. Everything is optional; an unknown word is an error, since it is a typo.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConfigFile {
    /// The address to listen on.
    pub listen: Option<SocketAddr>,
    /// The data directory.
    pub data: Option<PathBuf>,
    /// The region.
    pub region: Option<Region>,
    /// The account that the root key belongs to.
    pub account: Option<AccountId>,
    /// Host names under which clients reach the server, beside the one they send.
    #[serde(default)]
    pub host_aliases: Vec<String>,
    /// Where guest kernels and base images lie.
    pub images: Option<PathBuf>,
    /// The models file; `models.toml` in the data directory unless set.
    pub models: Option<PathBuf>,
    /// What agents and sessions may use.
    #[serde(default)]
    pub limits: Limits,
    /// How memories learn and are searched.
    #[serde(default)]
    pub memory: Memory,
    /// What usage costs.
    #[serde(default)]
    pub prices: Prices,
    /// How usage is remembered.
    #[serde(default)]
    pub usage: Usage,
}

/// Limits, each with AgentCore's quota as its default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Sessions that may live at once.
    pub sessions: Option<usize>,
    /// New sessions of one runtime a second.
    pub new_sessions_per_second: Option<u32>,
    /// New sessions of one runtime a minute; unbounded unless set.
    pub new_sessions_per_minute: Option<u32>,
    /// Requests to one runtime a second.
    pub requests_per_second: Option<u32>,
    /// Checkpoints of one session.
    pub checkpoints_per_session: Option<usize>,
    /// Seconds that a session must have been quiet to be suspended; 0 never suspends one by itself.
    pub suspend_after_seconds: Option<u64>,
    /// Memory of a sandbox in MiB.
    pub sandbox_memory_mib: Option<u32>,
    /// Writable disk of a sandbox in MiB.
    pub sandbox_disk_mib: Option<u32>,
    /// Virtual processors of a sandbox.
    pub sandbox_vcpus: Option<u8>,
    /// Processes and threads in a sandbox.
    pub sandbox_processes: Option<u32>,
    /// Machines that may be kept started ahead of the next sessions, of all runtimes together; 0 for none.
    pub machines_ahead: Option<usize>,
    /// Seconds that an agent may take to start, where its code is not emulated.
    pub start_seconds: Option<u64>,
}

/// A configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("the configuration file {path} cannot be read")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It says something that is not understood.
    #[error("the configuration file {path} is not understood: {message}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
}

impl ConfigFile {
    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text)
            .map_err(|error| ConfigError::Invalid { path: path.to_owned(), message: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_a_typo_is_found() {
        let file: ConfigFile = toml::from_str("region = \"eu-west-1\"\n[limits]\nsessions = 7\n").unwrap();
        assert_eq!((file.region.unwrap().as_str(), file.limits.sessions), ("eu-west-1", Some(7)));
        let error = toml::from_str::<ConfigFile>("[limits]\nsesions = 7\n").unwrap_err();
        assert!(error.to_string().contains("sesions"), "{error}");
    }
}
