//! Starting one sandbox: its directory, its process, its driver.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::Duration;

use guest_protocol::hello::{Boot, Hello, Wake};
use sandbox::machine::{Machine, Origin};
use sandbox::{Identity, Limits, SandboxError, SandboxId, TemplateSpec};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::task::TaskTracker;

use super::QemuEngine;
use super::storage::Brought;
use crate::claim::Claim;
use crate::command_line::{Disks, Memory, Scratch};
use crate::driver::Driver;
use crate::guest::Greeted;
use crate::home::{failed, open_read};
use crate::log::Log;
use crate::meter::Metering;
use crate::owner::Owner;
use crate::sandbox::{QemuSandbox, Shared, Stage};
use crate::storages::Lease;
use crate::template::Frozen;
use crate::vmm::{self, Plan, Spawned, Start, Vmm};
use crate::who::Who;

/// User and group of the program inside.
const PROGRAM_USER: u32 = 1000;
/// What an image needs beyond the disk that it holds.
const IMAGE_OVERHEAD: u64 = 64 << 20;

/// What differs between the ways to start a sandbox.
pub(super) struct Launch {
    pub(super) identity: Identity,
    pub(super) origin: Origin,
    pub(super) limits: Limits,
    pub(super) memory: Memory,
    pub(super) disks: Disks,
    pub(super) start: Start,
    pub(super) hello: Hello,
    pub(super) ready_within: Duration,
    pub(super) save_to: Option<Arc<OwnedFd>>,
    pub(super) who: Who,
    pub(super) template: Option<Arc<Frozen>>,
    /// How long it may live.
    pub(super) wall_clock: Duration,
    pub(super) storage: Option<Lease>,
}

impl QemuEngine {
    /// Thaws a template.
    pub(super) async fn restore(
        &self,
        frozen: &Arc<Frozen>,
        identity: Identity,
    ) -> Result<QemuSandbox, SandboxError> {
        let spec = &frozen.manifest.spec;
        let failed = failed(|| format!("starting a sandbox from template {}", spec.name));
        let directory = self.home.sandbox(&identity.id);
        let claim = Claim::new(directory).map_err(&failed)?;
        let Brought { lease, disk, mount } = self.bring(spec, &identity).await?;
        let who = Who { storage: mount, ..Who::new(identity.hostname.clone(), &*self.rng) };
        let disks = Disks { storage: disk, ..frozen.disks(claim.directory()).map_err(&failed)? };
        let launch = Launch {
            origin: Origin::Restore,
            limits: spec.limits,
            memory: frozen.memory(),
            disks,
            start: Start::Restore { state: open_read(&frozen.state).map_err(&failed)? },
            hello: Hello::Wake { wake: who.wake(&*self.clock, &*self.rng) },
            ready_within: spec.ready.within,
            save_to: None,
            who,
            template: Some(Arc::clone(frozen)),
            wall_clock: spec.limits.wall_clock,
            storage: lease,
            identity,
        };
        self.launch(launch, claim).await
    }

    /// Starts a machine from its boot. `memory` and `scratch` are files of their own.
    pub(super) async fn start_boot(
        &self,
        spec: &TemplateSpec,
        identity: Identity,
        memory: Memory,
        scratch: Arc<OwnedFd>,
        save_to: Option<Arc<OwnedFd>>,
    ) -> Result<QemuSandbox, SandboxError> {
        let failed = failed(|| format!("booting {}", spec.name));
        let directory = self.home.sandbox(&identity.id);
        let claim = Claim::new(directory).map_err(&failed)?;
        let (base, _) = self.images.base(&spec.base)?;
        let Brought { lease, disk, mount } = self.bring(spec, &identity).await?;
        let disks = Disks {
            base: open_read(&base).map_err(&failed)?,
            code: open_read(&self.home.layer(&spec.code.name)).map_err(&failed)?,
            scratch: Scratch::Raw(scratch),
            storage: disk,
        };
        let who = Who { storage: mount, ..Who::new(identity.hostname.clone(), &*self.rng) };
        let launch = Launch {
            origin: Origin::Boot,
            limits: spec.limits,
            memory,
            disks,
            start: self.kernel(self.accelerator().await?).await?,
            hello: Hello::Boot { boot: boot_record(spec), wake: who.wake(&*self.clock, &*self.rng) },
            ready_within: spec.ready.within,
            save_to,
            who,
            template: None,
            wall_clock: spec.limits.wall_clock,
            storage: lease,
            identity,
        };
        self.launch(launch, claim).await
    }

    pub(super) async fn launch(&self, launch: Launch, claim: Claim) -> Result<QemuSandbox, SandboxError> {
        let failed = failed(|| format!("starting sandbox {}", launch.identity.id));
        let accelerator = self.accelerator().await?;
        let mut owner = Owner { server: std::process::id(), vmm: None };
        owner.write(claim.directory()).map_err(&failed)?;
        let credentials = self.users.credentials(&launch.memory.file, accelerator).map_err(&failed)?;
        let plan = Plan {
            program: &self.qemu.program,
            home: claim.directory(),
            accelerator,
            vcpus: launch.limits.vcpus,
            memory: launch.memory,
            disks: Some(launch.disks),
            start: launch.start,
            credentials,
            largest_file: largest_file(&launch.limits).max(largest_storage(launch.storage.as_ref())),
            save_to: launch.save_to,
        };
        let rest = Remaining {
            id: launch.identity.id.clone(),
            who: launch.who,
            template: launch.template,
            origin: launch.origin,
            wall_clock: launch.wall_clock,
            ready_within: launch.ready_within,
            storage: launch.storage,
        };
        let vmm = vmm::start(&self.starter, plan, &launch.hello).await.map_err(&failed)?;
        owner.vmm = vmm.spawned.process();
        let directory = claim.directory().to_owned();
        let sandbox = self.drive(vmm, claim, rest);
        owner.write(&directory).map_err(&failed)?;
        Ok(sandbox)
    }

    /// From here on the driver removes the directory.
    pub(super) fn drive(&self, vmm: Vmm, claim: Claim, rest: Remaining) -> QemuSandbox {
        let Vmm { spawned: Spawned { child, monitor, console, readers }, greeted } = vmm;
        let Greeted { guest, connection, pings, answered } = greeted;
        let pid = child.id().unwrap_or_default();
        let shared = Arc::new(Shared {
            id: rest.id,
            guest: RwLock::new(guest),
            pid,
            metering: Metering::new(pid),
            log: Log::default(),
            stage: watch::Sender::new(Stage::Starting),
            last_probe: OnceLock::new(),
            asked: Notify::new(),
            answered: Notify::new(),
            platform: Arc::clone(&self.platform),
            patience: self.options.patience.report,
            last_report: Mutex::default(),
        });
        let (orders, received) = mpsc::channel(4);
        let driver = Driver {
            machine: Machine::new(rest.origin),
            shared: Arc::clone(&shared),
            clock: Arc::clone(&self.clock),
            patience: self.options.patience,
            orders: received,
            shut_down: self.shut_down.clone(),
            expires: self.clock.now().plus(rest.wall_clock),
            ready_within: rest.ready_within,
            home: claim.hand_over(),
            snapshots: self.home.snapshots(),
            rng: Arc::clone(&self.rng),
            identity: rest.who,
            template: rest.template,
            suspension: None,
            storage: rest.storage,
            files: TaskTracker::new(),
            child,
            console,
            readers,
            monitor: Some(monitor),
            connection: Some(connection),
            pings: Some(pings),
            answered: Some(answered),
        };
        self.tasks.spawn(driver.run());
        QemuSandbox { shared, orders }
    }

    /// What makes a machine someone of its own.
    pub(super) fn wake(&self, identity: &Identity) -> Wake {
        Who::new(identity.hostname.clone(), &*self.rng).wake(&*self.clock, &*self.rng)
    }
}

/// What a driver needs to know beside the machine itself.
pub(super) struct Remaining {
    pub(super) id: SandboxId,
    pub(super) who: Who,
    pub(super) template: Option<Arc<Frozen>>,
    pub(super) origin: Origin,
    pub(super) wall_clock: Duration,
    pub(super) ready_within: Duration,
    pub(super) storage: Option<Lease>,
}

/// The largest file that a machine with these limits may write.
pub(super) fn largest_file(limits: &Limits) -> u64 {
    (u64::from(limits.disk_mib) << 20) + IMAGE_OVERHEAD
}

fn largest_storage(lease: Option<&Lease>) -> u64 {
    lease.and_then(|lease| lease.size().ok()).unwrap_or(0)
}

fn boot_record(spec: &TemplateSpec) -> Boot {
    Boot {
        code_mount: spec.code_mount.clone(),
        arguments: spec.program.arguments.clone(),
        environment: spec.program.environment.clone(),
        working_directory: spec.program.working_directory.clone(),
        user: PROGRAM_USER,
        port: spec.ready.port,
        ready_path: spec.ready.path.clone(),
        ready_within_ms: u64::try_from(spec.ready.within.as_millis()).unwrap_or(u64::MAX),
        processes: spec.limits.processes,
        storage: spec.storage.as_ref().map(|storage| storage.mount.clone()),
    }
}
