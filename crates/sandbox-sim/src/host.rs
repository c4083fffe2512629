//! The simulated machine: its disk, what runs on it, and failures on command.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use std::time::Duration;

use sandbox::{
    BaseImage, Ending, Layer, LayerName, LogLine, Platform, SandboxError, SandboxId, Snapshot, SnapshotName,
    StorageName, TemplateName, TemplateSpec,
};
use stdx::Clock;

use crate::cell::Cell;
use crate::engine::taken;
use crate::program::{SimProcess, SimProgram};
use crate::programs;
use crate::storages::{Content, Storages};

/// Bytes that a snapshot takes.
const SNAPSHOT: u64 = 512 << 10;

/// What the simulated machine is like.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// What [`sandbox::EngineInfo::accelerated`] says.
    pub accelerated: bool,
    /// The base images.
    pub bases: Vec<BaseImage>,
    /// How long a boot takes before the program starts.
    pub boot_takes: Duration,
    /// How long a restore takes.
    pub start_takes: Duration,
    /// How long suspending takes.
    pub suspend_takes: Duration,
    /// How long resuming takes.
    pub resume_takes: Duration,
}

impl Default for SimOptions {
    fn default() -> Self {
        let base = BaseImage {
            name: "python3".to_owned(),
            digest: format!("sha256:{}", "0".repeat(64)),
            runtimes: vec!["python3.11".to_owned()],
        };
        Self {
            accelerated: true,
            bases: vec![base],
            boot_takes: Duration::ZERO,
            start_takes: Duration::ZERO,
            suspend_takes: Duration::ZERO,
            resume_takes: Duration::ZERO,
        }
    }
}

/// Where a failure can be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// [`sandbox::Engine::build_layer`].
    BuildLayer,
    /// [`sandbox::Engine::prepare`].
    Prepare,
    /// [`sandbox::Engine::start`].
    Start,
    /// [`sandbox::Engine::boot`].
    Boot,
    /// [`sandbox::Sandbox::suspend`]; the sandbox runs on.
    Suspend,
    /// [`sandbox::Engine::resume`].
    Resume,
    /// [`sandbox::Engine::copy_snapshot`].
    CopySnapshot,
    /// [`sandbox::Engine::discard_snapshot`].
    DiscardSnapshot,
    /// [`sandbox::Engine::restore_storage`].
    RestoreStorage,
}

/// What can be made to go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SimFailure {
    /// The disk is full.
    DiskFull,
    /// Something that the engine needs is missing; what to do.
    NotInstalled(String),
    /// The engine dies in the middle of it.
    EngineDies(String),
}

impl SimFailure {
    fn into_error(self) -> SandboxError {
        match self {
            Self::DiskFull => SandboxError::DiskFull,
            Self::NotInstalled(what) => SandboxError::NotInstalled(what),
            Self::EngineDies(words) => SandboxError::Failed {
                context: "the virtual machine died".to_owned(),
                source: io::Error::other(words),
            },
        }
    }
}

/// The simulated machine. It outlives the engines that use it.
pub struct SimHost {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: SimOptions,
    pub(crate) running: Arc<Running>,
    pub(crate) storages: Storages,
    /// Who answers what programs say to the platform.
    pub(crate) platform: Attached,
    /// How often a machine has been booted or cloned: what makes a boot id.
    boots: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) layers: BTreeMap<LayerName, Layer>,
    pub(crate) templates: BTreeMap<TemplateName, Frozen>,
    pub(crate) snapshots: BTreeMap<SnapshotName, Dormant>,
    programs: BTreeMap<String, Arc<dyn SimProgram>>,
    failures: VecDeque<(Step, SimFailure)>,
}

/// A platform once there is one.
pub(crate) type Attached = Arc<RwLock<Option<Arc<dyn Platform>>>>;

/// A template with the process frozen in it.
#[derive(Clone)]
pub(crate) struct Frozen {
    pub(crate) spec: TemplateSpec,
    pub(crate) process: Arc<dyn SimProcess>,
    pub(crate) log: Vec<LogLine>,
    /// Set when it can no longer be used.
    pub(crate) refused: Option<String>,
}

/// A snapshot with the process frozen in it.
#[derive(Clone)]
pub(crate) struct Dormant {
    pub(crate) spec: Arc<TemplateSpec>,
    pub(crate) process: Arc<dyn SimProcess>,
    pub(crate) log: Vec<LogLine>,
    /// Under which name it goes on as the same machine.
    pub(crate) hostname: String,
    pub(crate) boot: u64,
    /// What was in its storage, if it had one.
    pub(crate) storage: Option<Content>,
    /// Set when it can no longer be used.
    pub(crate) refused: Option<String>,
}

impl Dormant {
    /// What its maker is told.
    pub(crate) fn told(&self, name: SnapshotName) -> Snapshot {
        Snapshot { name, freeze: Duration::ZERO, size: SNAPSHOT }
    }
}

impl SimHost {
    /// A machine with [`programs`] on its disk and nothing running.
    pub fn new(clock: Arc<dyn Clock>, options: SimOptions) -> Arc<Self> {
        let state = State { programs: programs::all(), ..State::default() };
        Arc::new(Self {
            clock,
            options,
            running: Arc::default(),
            storages: Storages::default(),
            platform: Attached::default(),
            boots: AtomicU64::new(1),
            state: Mutex::new(state),
        })
    }

    /// Puts a program on the disk, replacing one of that name.
    pub fn install(&self, name: &str, program: impl SimProgram) {
        self.state().programs.insert(name.to_owned(), Arc::new(program));
    }

    /// Makes the next such step fail. Several orders are obeyed in turn.
    pub fn fail_next(&self, step: Step, failure: SimFailure) {
        self.state().failures.push_back((step, failure));
    }

    /// Makes a template unusable, as an update of the VMM does. Says whether there is one of that name.
    pub fn spoil_template(&self, name: &TemplateName, reason: &str) -> bool {
        let mut state = self.state();
        let frozen = state.templates.get_mut(name);
        frozen.map(|frozen| frozen.refused = Some(reason.to_owned())).is_some()
    }

    /// Makes a snapshot unusable, as an update of the VMM does. Says whether there is one of that name.
    pub fn spoil_snapshot(&self, name: &SnapshotName, reason: &str) -> bool {
        let mut state = self.state();
        let dormant = state.snapshots.get_mut(name);
        dormant.map(|dormant| dormant.refused = Some(reason.to_owned())).is_some()
    }

    /// Kills a sandbox from outside, as when its VMM dies. Says whether it was running.
    pub fn kill(&self, id: &SandboxId, reason: &str) -> bool {
        let cell = self.running.lock().get(id).cloned();
        cell.map(|cell| cell.end(Ending::Failed { reason: reason.to_owned() })).is_some()
    }

    /// What a killed server leaves behind: what runs now goes on after its handles are dropped, until an engine
    /// recovers or the wall-clock limit comes.
    pub fn orphan_all(&self) {
        self.running.lock().values().for_each(|cell| cell.orphan());
    }

    /// The ids of what runs, in order.
    pub fn running(&self) -> Vec<SandboxId> {
        self.running.lock().keys().cloned().collect()
    }

    /// The names of the templates on the disk.
    pub fn templates(&self) -> Vec<TemplateName> {
        self.state().templates.keys().cloned().collect()
    }

    /// The names of the layers on the disk.
    pub fn layers(&self) -> Vec<LayerName> {
        self.state().layers.keys().cloned().collect()
    }

    /// The names of the snapshots on the disk.
    pub fn snapshots(&self) -> Vec<SnapshotName> {
        self.state().snapshots.keys().cloned().collect()
    }

    /// The names of the storages on the disk.
    pub fn storages(&self) -> Vec<StorageName> {
        self.storages.names()
    }

    pub(crate) fn next_boot(&self) -> u64 {
        self.boots.fetch_add(1, Ordering::Relaxed)
    }

    /// Lets that much time pass; others come in between even if it is none.
    pub(crate) async fn pause(&self, duration: Duration) {
        tokio::task::yield_now().await;
        if !duration.is_zero() {
            self.clock.sleep_until(self.clock.now().plus(duration)).await;
        }
    }

    /// That no sandbox has this storage.
    pub(crate) fn unused(&self, storage: &StorageName) -> Result<(), SandboxError> {
        let running = self.running.lock();
        if running.values().any(|cell| cell.identity.storage.as_ref() == Some(storage)) {
            return Err(taken(format!("a sandbox has storage {storage}")));
        }
        Ok(())
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the host's lock panics")
    }

    /// The failure ordered for this step, if any.
    pub(crate) fn ordered_failure(&self, step: Step) -> Result<(), SandboxError> {
        let mut state = self.state();
        let found = state.failures.iter().position(|(at, _)| *at == step);
        let failure = found.and_then(|index| state.failures.remove(index));
        failure.map_or(Ok(()), |(_, failure)| Err(failure.into_error()))
    }

    /// The program whose name is the file stem of an argument, the first argument first.
    pub(crate) fn program(&self, arguments: &[String]) -> Option<Arc<dyn SimProgram>> {
        let state = self.state();
        let stems = arguments.iter().filter_map(|argument| {
            std::path::Path::new(argument).file_stem().and_then(std::ffi::OsStr::to_str)
        });
        stems.filter_map(|stem| state.programs.get(stem)).next().cloned()
    }
}

/// What runs, by id.
#[derive(Default)]
pub(crate) struct Running(Mutex<BTreeMap<SandboxId, Arc<Cell>>>);

impl Running {
    pub(crate) fn lock(&self) -> MutexGuard<'_, BTreeMap<SandboxId, Arc<Cell>>> {
        self.0.lock().expect("no holder of the register's lock panics")
    }

    /// Takes this very cell out of the register.
    pub(crate) fn forget(&self, id: &SandboxId, cell: &Cell) {
        let mut cells = self.lock();
        if cells.get(id).is_some_and(|known| std::ptr::eq(Arc::as_ptr(known), cell)) {
            cells.remove(id);
        }
    }
}
