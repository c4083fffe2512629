//! Starting one sandbox: its directory, its process, its driver.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use guest_protocol::hello::{Boot, Hello, Wake};
use sandbox::machine::{Machine, Origin};
use sandbox::{Identity, Limits, SandboxError, TemplateSpec};
use tokio::sync::{Notify, mpsc, watch};

use super::QemuEngine;
use crate::command_line::{Disks, Memory, Scratch};
use crate::driver::Driver;
use crate::guest::Greeted;
use crate::home::{failed, open_read, open_write, remove};
use crate::log::Log;
use crate::owner::{Owner, Process};
use crate::qcow2;
use crate::sandbox::{QemuSandbox, Shared, Stage};
use crate::template::Frozen;
use crate::vmm::{self, Plan, Start, Vmm};

/// User and group of the program inside.
const PROGRAM_USER: u32 = 1000;
/// What an image needs beyond the disk that it holds.
const IMAGE_OVERHEAD: u64 = 64 << 20;
const SCRATCH: &str = "scratch.qcow2";

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
}

/// Removes a sandbox's directory unless its driver has taken it over.
struct Claim<'a> {
    directory: &'a Path,
    handed_over: bool,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if !self.handed_over
            && let Err(error) = remove(self.directory)
        {
            tracing::error!(directory = %self.directory.display(), %error, "a sandbox's directory stays");
        }
    }
}

impl QemuEngine {
    /// Thaws a template.
    pub(super) async fn restore(
        &self,
        frozen: &Frozen,
        identity: Identity,
    ) -> Result<QemuSandbox, SandboxError> {
        let spec = &frozen.manifest.spec;
        let failed = failed(|| format!("starting a sandbox from template {}", spec.name));
        let directory = self.home.sandbox(&identity.id);
        let mut claim = claim(&directory).map_err(&failed)?;
        let overlay = open_write(&directory.join(SCRATCH)).map_err(&failed)?;
        let size = u64::from(spec.limits.disk_mib) << 20;
        let file = fs::File::from(overlay.try_clone().map_err(&failed)?);
        qcow2::write_empty(&file, size).map_err(&failed)?;
        let scratch = Scratch::Overlay { overlay, below: Arc::clone(&frozen.scratch) };
        let launch = Launch {
            origin: Origin::Restore,
            limits: spec.limits,
            memory: Memory { file: Arc::clone(&frozen.ram), mib: spec.limits.memory_mib, shared: false },
            disks: Disks { base: Arc::clone(&frozen.base), code: Arc::clone(&frozen.code), scratch },
            start: Start::Restore { state: open_read(&frozen.state).map_err(&failed)? },
            hello: Hello::Wake { wake: self.wake(&identity) },
            ready_within: spec.ready.within,
            save_to: None,
            identity,
        };
        self.launch(launch, &directory, &mut claim).await
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
        let mut claim = claim(&directory).map_err(&failed)?;
        let (base, _) = self.images.base(&spec.base)?;
        let disks = Disks {
            base: open_read(&base).map_err(&failed)?,
            code: open_read(&self.home.layer(&spec.code.name)).map_err(&failed)?,
            scratch: Scratch::Raw(scratch),
        };
        let launch = Launch {
            origin: Origin::Boot,
            limits: spec.limits,
            memory,
            disks,
            start: self.kernel(self.accelerator().await?).await?,
            hello: Hello::Boot { boot: boot_record(spec), wake: self.wake(&identity) },
            ready_within: spec.ready.within,
            save_to,
            identity,
        };
        self.launch(launch, &directory, &mut claim).await
    }

    async fn launch(
        &self,
        launch: Launch,
        directory: &Path,
        claim: &mut Claim<'_>,
    ) -> Result<QemuSandbox, SandboxError> {
        let failed = failed(|| format!("starting sandbox {}", launch.identity.id));
        let accelerator = self.accelerator().await?;
        let mut owner = Owner { server: std::process::id(), vmm: None };
        owner.write(directory).map_err(&failed)?;
        let credentials = self.users.credentials(&launch.memory.file, accelerator).map_err(&failed)?;
        let plan = Plan {
            program: &self.qemu.program,
            home: directory,
            accelerator,
            vcpus: launch.limits.vcpus,
            memory: launch.memory,
            disks: Some(launch.disks),
            start: launch.start,
            credentials,
            largest_file: (u64::from(launch.limits.disk_mib) << 20) + IMAGE_OVERHEAD,
            save_to: launch.save_to,
        };
        let rest = Remaining {
            identity: launch.identity.clone(),
            origin: launch.origin,
            limits: launch.limits,
            ready_within: launch.ready_within,
        };
        let vmm = vmm::start(&self.starter, plan, &launch.hello).await.map_err(&failed)?;
        let pid = vmm.child.id().unwrap_or_default();
        owner.vmm = Process::of(pid).ok();
        // From here on the driver removes the directory.
        claim.handed_over = true;
        let sandbox = self.drive(vmm, pid, directory, rest);
        owner.write(directory).map_err(&failed)?;
        Ok(sandbox)
    }

    fn drive(&self, vmm: Vmm, pid: u32, directory: &Path, rest: Remaining) -> QemuSandbox {
        let Vmm { child, monitor, greeted, console, readers } = vmm;
        let Greeted { guest, connection, pings, answered } = greeted;
        let shared = Arc::new(Shared {
            id: rest.identity.id,
            guest,
            pid,
            log: Log::default(),
            stage: watch::Sender::new(Stage::Starting),
            last_probe: OnceLock::new(),
            answered: Notify::new(),
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
            expires: self.clock.now().plus(rest.limits.wall_clock),
            ready_within: rest.ready_within,
            home: directory.to_owned(),
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
        let mut entropy = [0; 64];
        self.rng.fill(&mut entropy);
        let millis = u64::try_from(self.clock.now().as_millis()).unwrap_or(0);
        Wake {
            epoch_ns: millis.saturating_mul(1_000_000),
            hostname: identity.hostname.clone(),
            boot_id: self.rng.uuid(),
            entropy: hex::encode(entropy),
        }
    }
}

/// What a driver needs to know beside the machine itself.
struct Remaining {
    identity: Identity,
    origin: Origin,
    limits: Limits,
    ready_within: Duration,
}

fn claim(directory: &Path) -> io::Result<Claim<'_>> {
    fs::create_dir(directory)?;
    Ok(Claim { directory, handed_over: false })
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
    }
}
