//! The engine.

mod ahead;
mod launch;
mod prepare;
mod resume;
mod storage;
mod warm_up;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use sandbox::{
    Engine, EngineInfo, Identity, Keep, Layer, LayerName, Platform, Recovered, Sandbox, SandboxError,
    SandboxId, Snapshot, SnapshotName, StorageName, Template, TemplateName, TemplateSpec, Tier,
};
use stdx::{BoxFuture, Clock, Rng};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::command_line::{Accelerator, Memory};
use crate::home::{Home, failed, remove};
use crate::images::{BootFiles, Images};
use crate::installation::Qemu;
use crate::options::{Acceleration, QemuOptions};
use crate::probe;
use crate::process::Starter;
use crate::recover;
use crate::spare::Spare;
use crate::spares::{Pace, Spares};
use crate::storages::Storages;
use crate::template::{self, Frozen, Ground};
use crate::tools;
use crate::users::Users;
use crate::vmm::{Plan, Start};

const KERNEL: &str = "console=ttyS0 quiet reboot=t panic=-1 rdinit=/init random.trust_cpu=on";
/// What nobody uses in a guest, yet every switch between tasks, system call and timer would pay for: no policy is
/// loaded into its security modules, its only cgroup limits processes, and the host watches it from outside.
const KERNEL_WITHOUT: &str = "psi=0 audit=0 nowatchdog lsm=capability \
    cgroup_disable=cpu,cpuacct,cpuset,io,memory,devices,freezer,net_cls,net_prio,perf_event,hugetlb,rdma,misc";

/// Memory of the guest that is only booted to see whether it boots.
const PROBE_MIB: u32 = 256;

/// Makes and runs microVMs below one directory.
pub struct QemuEngine {
    options: QemuOptions,
    home: Home,
    images: Images,
    qemu: Qemu,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    users: Users,
    starter: Starter,
    tasks: TaskTracker,
    shut_down: CancellationToken,
    boot_files: OnceCell<BootFiles>,
    accelerator: OnceCell<Accelerator>,
    /// Templates in use, with their files open.
    templates: Mutex<HashMap<TemplateName, Arc<Frozen>>>,
    spares: Spares<Spare>,
    pace: Pace,
    storages: Arc<Storages>,
    platform: Arc<OnceLock<Arc<dyn Platform>>>,
}

impl QemuEngine {
    /// Finds what the engine needs and takes its directory. Probes nothing yet: the first use does.
    pub async fn open(
        options: QemuOptions,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Result<Self, SandboxError> {
        let images = Images::open(&options.images)?;
        let qemu = Qemu::find(&options.qemu).await?;
        let home = Home::open(&options.directory)?;
        let starter = Starter::new().map_err(failed(|| "starting a thread"))?;
        let spares = Spares::new(options.spares);
        let storages = Arc::new(Storages::new(home.storages()));
        Ok(Self {
            options,
            home,
            images,
            qemu,
            clock,
            rng,
            users: Users::new(),
            starter,
            tasks: TaskTracker::new(),
            shut_down: CancellationToken::new(),
            boot_files: OnceCell::new(),
            accelerator: OnceCell::new(),
            templates: Mutex::default(),
            spares,
            pace: Pace::new(),
            storages,
            platform: Arc::default(),
        })
    }

    /// Whether the processor itself runs guests, and why not. Boots a guest to find out, once for each boot of the
    /// host; later calls have the answer.
    pub async fn accelerated(&self) -> Result<bool, SandboxError> {
        Ok(self.accelerator().await? == Accelerator::Kvm)
    }

    async fn accelerator(&self) -> Result<Accelerator, SandboxError> {
        self.accelerator.get_or_try_init(|| self.find_accelerator()).await.copied()
    }

    async fn find_accelerator(&self) -> Result<Accelerator, SandboxError> {
        let objection = probe::device_objection();
        match (self.options.acceleration, objection) {
            (Acceleration::Emulated, _) | (Acceleration::Probed, Some(_)) => Ok(Accelerator::Emulated),
            (Acceleration::Kvm, Some(objection)) => Err(SandboxError::NotInstalled(objection)),
            (Acceleration::Kvm, None) => Ok(Accelerator::Kvm),
            (Acceleration::Probed, None) => {
                let works = self.probe().await?;
                Ok(if works { Accelerator::Kvm } else { Accelerator::Emulated })
            }
        }
    }

    async fn probe(&self) -> Result<bool, SandboxError> {
        let root = self.home.root();
        let files = self.boot_files().await?;
        let key = probe::Key::new(&files.digest, &self.qemu.version);
        if let Some(verdict) = probe::remembered(root, &key) {
            return Ok(verdict.works);
        }
        let failed = failed(|| "probing hardware virtualisation");
        let file = probe::nameless_memory(root, PROBE_MIB).map_err(&failed)?;
        self.users.own_memory(&file, &*self.rng).map_err(&failed)?;
        let credentials = self.users.credentials(&file, Accelerator::Kvm).map_err(&failed)?;
        let home = self.home.sandboxes().join("probe");
        let plan = Plan {
            program: &self.qemu.program,
            home: &home,
            accelerator: Accelerator::Kvm,
            vcpus: 1,
            memory: Memory { file, mib: PROBE_MIB, shared: false },
            disks: None,
            start: self.kernel(Accelerator::Kvm).await?,
            credentials,
            largest_file: 0,
            save_to: None,
        };
        let identity = Identity::new(SandboxId::parse("probe").expect("it is a plain name"), "probe");
        let hello = guest_protocol::hello::Hello::Wake { wake: self.wake(&identity) };
        let limit = self.options.patience.probe;
        Ok(probe::probe(root, key, &self.starter, plan, &hello, limit).await.works)
    }

    async fn boot_files(&self) -> Result<&BootFiles, SandboxError> {
        let make = async || {
            let (images, agent) = (self.images.clone(), self.options.guest_agent.clone());
            let cache = self.home.root().to_owned();
            blocking(move || images.boot_files(&agent, &cache)).await
        };
        self.boot_files.get_or_try_init(make).await
    }

    /// How a machine begins that boots.
    async fn kernel(&self, accelerator: Accelerator) -> Result<Start, SandboxError> {
        let files = self.boot_files().await?;
        let failed = failed(|| "opening the guest's kernel");
        let kernel = crate::home::open_read(&files.kernel).map_err(&failed)?;
        let initramfs = crate::home::open_read(&files.initramfs).map_err(&failed)?;
        let mut arguments = format!("{KERNEL} {KERNEL_WITHOUT}");
        if accelerator == Accelerator::Emulated {
            let khz = crate::tsc::khz().await;
            arguments += &format!(" tsc=reliable no_timer_check tsc_early_khz={khz}");
        }
        Ok(Start::Boot { kernel, initramfs, arguments })
    }

    /// Opens a template, or finds it open.
    async fn template(&self, name: &TemplateName) -> Result<Arc<Frozen>, SandboxError> {
        if let Some(frozen) = self.open_templates().get(name) {
            return Ok(Arc::clone(frozen));
        }
        let ground = self.ground().await?;
        let directory = self.home.template(name);
        let base = |name: &str| self.images.base(name);
        let code = |spec: &TemplateSpec| self.home.layer(&spec.code.name);
        let frozen = template::open(&directory, &ground, base, code);
        let frozen =
            Arc::new(frozen.map_err(|reason| SandboxError::NoTemplate { name: name.clone(), reason })?);
        self.open_templates().insert(name.clone(), Arc::clone(&frozen));
        Ok(frozen)
    }

    async fn ground(&self) -> Result<Ground, SandboxError> {
        let accelerator = self.accelerator().await?;
        Ok(Ground::new(&self.qemu.version, accelerator == Accelerator::Kvm))
    }

    fn open_templates(&self) -> std::sync::MutexGuard<'_, HashMap<TemplateName, Arc<Frozen>>> {
        self.templates.lock().expect("no holder of the templates' lock panics")
    }

    async fn pack(&self, name: LayerName, root: PathBuf) -> Result<Layer, SandboxError> {
        let image = self.home.layer(&name);
        if !image.exists() {
            let unfinished = Home::unfinished(&self.home.layers(), &*self.rng);
            tools::make_erofs(unfinished.path(), &root).await?;
            let failed = failed(|| format!("keeping layer {name}"));
            std::fs::File::open(unfinished.path()).and_then(|file| file.sync_all()).map_err(&failed)?;
            unfinished.finish(&image).map_err(&failed)?;
        }
        let found = std::fs::metadata(&image).map_err(failed(|| format!("reading layer {name}")))?;
        Ok(Layer { name, size: found.len() })
    }
}

impl Engine for QemuEngine {
    fn info(&self) -> EngineInfo {
        let accelerator = self.accelerator.get().copied();
        let how = match accelerator {
            Some(Accelerator::Kvm) => "with KVM",
            Some(Accelerator::Emulated) => "emulated",
            None => "not used yet",
        };
        EngineInfo {
            tier: Tier::MicroVm,
            description: format!("QEMU {}, {how}", self.qemu.short_version()),
            accelerated: accelerator == Some(Accelerator::Kvm),
            bases: self.images.bases(),
        }
    }

    fn build_layer(&self, name: LayerName, root: PathBuf) -> BoxFuture<'_, Result<Layer, SandboxError>> {
        Box::pin(self.pack(name, root))
    }

    fn prepare(&self, spec: TemplateSpec) -> BoxFuture<'_, Result<Template, SandboxError>> {
        Box::pin(self.prepare_template(spec))
    }

    fn start<'a>(
        &'a self,
        template: &'a TemplateName,
        identity: Identity,
    ) -> BoxFuture<'a, Result<Arc<dyn Sandbox>, SandboxError>> {
        Box::pin(async move {
            let starting = self.pace.starting();
            let frozen = self.template(template).await?;
            let sandbox = match self.adopt(&frozen, &identity).await? {
                Some(sandbox) => sandbox,
                None => self.restore(&frozen, identity).await?,
            };
            self.stay_ahead(frozen, Arc::clone(&sandbox.shared), starting).await;
            Ok(Arc::new(sandbox) as Arc<dyn Sandbox>)
        })
    }

    fn boot(
        &self,
        spec: TemplateSpec,
        identity: Identity,
    ) -> BoxFuture<'_, Result<Arc<dyn Sandbox>, SandboxError>> {
        Box::pin(async move {
            let sandbox = self.boot_cold(&spec, identity).await?;
            Ok(Arc::new(sandbox) as Arc<dyn Sandbox>)
        })
    }

    fn discard_template<'a>(&'a self, template: &'a TemplateName) -> BoxFuture<'a, Result<(), SandboxError>> {
        self.open_templates().remove(template);
        self.spares.discard(template);
        let directory = self.home.template(template);
        Box::pin(blocking(move || {
            remove(&directory).map_err(failed(|| format!("removing {}", directory.display())))
        }))
    }

    fn discard_layer<'a>(&'a self, layer: &'a LayerName) -> BoxFuture<'a, Result<(), SandboxError>> {
        let image = self.home.layer(layer);
        Box::pin(std::future::ready(
            remove(&image).map_err(failed(|| format!("removing {}", image.display()))),
        ))
    }

    fn resume<'a>(
        &'a self,
        snapshot: &'a SnapshotName,
        identity: Identity,
    ) -> BoxFuture<'a, Result<Arc<dyn Sandbox>, SandboxError>> {
        Box::pin(async move {
            let sandbox = self.resume_snapshot(snapshot, identity).await?;
            Ok(Arc::new(sandbox) as Arc<dyn Sandbox>)
        })
    }

    fn copy_snapshot<'a>(
        &'a self,
        from: &'a SnapshotName,
        to: SnapshotName,
    ) -> BoxFuture<'a, Result<Snapshot, SandboxError>> {
        Box::pin(self.copy(from, to))
    }

    fn discard_snapshot<'a>(&'a self, snapshot: &'a SnapshotName) -> BoxFuture<'a, Result<(), SandboxError>> {
        Box::pin(self.discard(snapshot))
    }

    fn storage_image<'a>(
        &'a self,
        storage: &'a StorageName,
    ) -> BoxFuture<'a, Result<Option<PathBuf>, SandboxError>> {
        Box::pin(std::future::ready(self.storages.image(storage)))
    }

    fn import_storage(
        &self,
        storage: StorageName,
        image: PathBuf,
    ) -> BoxFuture<'_, Result<(), SandboxError>> {
        Box::pin(self.take_in(storage, image))
    }

    fn restore_storage<'a>(
        &'a self,
        snapshot: &'a SnapshotName,
        storage: StorageName,
    ) -> BoxFuture<'a, Result<(), SandboxError>> {
        Box::pin(self.bring_out(snapshot, storage))
    }

    fn discard_storage<'a>(&'a self, storage: &'a StorageName) -> BoxFuture<'a, Result<(), SandboxError>> {
        Box::pin(std::future::ready(self.storages.discard(storage)))
    }

    fn attach(&self, platform: Arc<dyn Platform>) {
        // It is attached once; whoever comes second has no say.
        let _ = self.platform.set(platform);
    }

    fn recover<'a>(&'a self, keep: &'a Keep) -> BoxFuture<'a, Result<Recovered, SandboxError>> {
        Box::pin(async move {
            recover::recover(&self.home, keep)
                .await
                .map_err(failed(|| "removing what an earlier server left"))
        })
    }

    fn shut_down(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.shut_down.cancel();
            self.tasks.close();
            self.tasks.wait().await;
        })
    }
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SandboxError> + Send + 'static,
) -> Result<T, SandboxError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        let source = std::io::Error::other(error);
        Err(SandboxError::Failed { context: "working on files".to_owned(), source })
    })
}
