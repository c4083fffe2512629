//! Where everything lies below the data directory.

use std::env;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The directory that holds all of a server's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDirectory(PathBuf);

impl DataDirectory {
    /// This directory.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// `$XDG_DATA_HOME/freehold`, or `~/.local/share/freehold`; `None` where there is no home directory.
    pub fn default_location() -> Option<Self> {
        base("XDG_DATA_HOME", ".local/share").map(|base| Self(base.join("freehold")))
    }

    /// The directory itself: the database, the blobs and the root key lie at its top.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes the directory if it is not there, for its owner only: it holds keys, and what agents are told in secret.
    pub fn create(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)
    }

    /// The sandbox engine's directory: layers, templates, sandboxes.
    pub fn sandboxes(&self) -> PathBuf {
        self.0.join("sandboxes")
    }

    /// Where `freehold doctor` tries sandboxes out, apart from a server's own.
    pub fn doctor(&self) -> PathBuf {
        self.0.join(format!("doctor-{}", std::process::id()))
    }

    /// What is searched: written anew from the database where it is missing.
    pub fn search(&self) -> PathBuf {
        self.0.join("search")
    }

    /// For files that do not outlive the process; emptied at every start.
    pub fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// The key that page tokens are sealed with.
    pub fn page_key(&self) -> PathBuf {
        self.0.join("page-token.key")
    }

    /// The models file, unless the configuration names another one.
    pub fn models_file(&self) -> PathBuf {
        self.0.join("models.toml")
    }

    /// Where the directories of models on this machine lie.
    pub fn models(&self) -> PathBuf {
        self.0.join("models")
    }

    /// Where guest kernels and base images are looked for, unless told otherwise: shared by all data directories.
    pub fn images() -> Option<PathBuf> {
        base("XDG_CACHE_HOME", ".cache").map(|base| base.join("freehold/images"))
    }
}

fn base(variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    set.or_else(|| env::home_dir().map(|home| home.join(below_home)))
}
