//! Where things are, from arguments and environment.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use config::{ConfigFile, DataDirectory};

/// The data directory.
#[derive(Args, Clone, Debug)]
pub(crate) struct DataArgument {
    /// The data directory [default: ~/.local/share/freehold]
    #[arg(long = "data", env = "FREEHOLD_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// A configuration file in TOML
    #[arg(long, env = "FREEHOLD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl DataArgument {
    /// The configuration file, or one that says nothing.
    pub(crate) fn file(&self) -> Result<ConfigFile> {
        Ok(self.config.as_deref().map(ConfigFile::load).transpose()?.unwrap_or_default())
    }

    pub(crate) fn directory(&self, file: &ConfigFile) -> Result<DataDirectory> {
        let chosen = self.data.clone().or_else(|| file.data.clone()).map(DataDirectory::new);
        chosen.or_else(DataDirectory::default_location).context("there is no home directory: say --data DIR")
    }
}

/// The guest kernels and base images, and the guest's first program.
#[derive(Args, Clone, Debug)]
pub(crate) struct ImageArguments {
    /// Where guest kernels and base images lie [default: ~/.cache/freehold/images]
    #[arg(long, env = "FREEHOLD_IMAGES", value_name = "DIR")]
    images: Option<PathBuf>,
    /// The guest's first program [default: freehold-guest beside this program]
    #[arg(long, env = "FREEHOLD_GUEST_AGENT", value_name = "FILE")]
    guest_agent: Option<PathBuf>,
}

impl ImageArguments {
    pub(crate) fn images(&self, file: &ConfigFile) -> Result<PathBuf> {
        let chosen = self.images.clone().or_else(|| file.images.clone());
        chosen.or_else(DataDirectory::images).context("there is no home directory: say --images DIR")
    }

    pub(crate) fn guest_agent(&self) -> Result<PathBuf> {
        if let Some(chosen) = &self.guest_agent {
            return Ok(chosen.clone());
        }
        let own = std::env::current_exe()
            .context("cannot find out where this program is: say --guest-agent FILE")?;
        Ok(own.with_file_name("freehold-guest"))
    }
}
