//! What an engine is configured with.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Enough for a small crowd; each takes about the memory of a session that has answered once.
const SPARES: usize = 4;

/// How an engine is set up.
#[derive(Clone, Debug)]
pub struct QemuOptions {
    /// Where layers, templates and sandboxes are kept. One server at a time.
    pub directory: PathBuf,
    /// Where `make setup` left the guest kernel and the base images.
    pub images: PathBuf,
    /// The guest's first process, a static binary.
    pub guest_agent: PathBuf,
    /// QEMU: a path, or a name looked up in `PATH`.
    pub qemu: PathBuf,
    /// Whether the processor itself is to run guests.
    pub acceleration: Acceleration,
    /// How many machines may be kept started ahead, of all templates in use together; with 0, every start begins
    /// from nothing.
    pub spares: usize,
    /// How long to wait for what.
    pub patience: Patience,
}

/// Whether the processor itself is to run guests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acceleration {
    /// If a real boot shows that it works.
    #[default]
    Probed,
    /// Always; an error where it does not work.
    Kvm,
    /// Never.
    Emulated,
}

/// How long to wait for what, before the guest counts as failed.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From the start of a machine to its first sign of life.
    pub boot: Duration,
    /// From a restore to its first sign of life.
    pub wake: Duration,
    /// For a report of process 1, and to become quiet.
    pub report: Duration,
    /// For the guest to end its program and give back the storage that it has mounted.
    pub release: Duration,
    /// From one sign of life to the next question for one.
    pub pulse_every: Duration,
    /// For an answer to that question.
    pub pulse: Duration,
    /// How long a machine that was started ahead waits for its use.
    pub spare: Duration,
    /// For the boot that shows whether acceleration works.
    pub probe: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            boot: Duration::from_secs(60),
            wake: Duration::from_secs(30),
            report: Duration::from_secs(30),
            release: Duration::from_secs(10),
            pulse_every: Duration::from_secs(15),
            pulse: Duration::from_secs(30),
            spare: Duration::from_secs(60),
            probe: Duration::from_secs(20),
        }
    }
}

impl QemuOptions {
    /// Images from `FREEHOLD_IMAGES` (else `freehold/images` in the user's cache directory), the guest agent from
    /// `FREEHOLD_GUEST_AGENT` (else `freehold-guest` beside the running executable), QEMU from `PATH`.
    pub fn from_environment(directory: impl Into<PathBuf>) -> Self {
        let agent = env::var_os("FREEHOLD_GUEST_AGENT").map(PathBuf::from);
        Self {
            directory: directory.into(),
            images: env::var_os("FREEHOLD_IMAGES").map_or_else(default_images, PathBuf::from),
            guest_agent: agent.unwrap_or_else(|| beside_executable("freehold-guest")),
            qemu: PathBuf::from("qemu-system-x86_64"),
            acceleration: Acceleration::default(),
            spares: SPARES,
            patience: Patience::default(),
        }
    }
}

fn default_images() -> PathBuf {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || env::home_dir().unwrap_or_default().join(".cache");
    cache.unwrap_or_else(home).join("freehold/images")
}

fn beside_executable(name: &str) -> PathBuf {
    let executable = env::current_exe().unwrap_or_default();
    executable.parent().unwrap_or(Path::new("/")).join(name)
}
