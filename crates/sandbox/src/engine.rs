//! The two traits of the port.

use std::path::PathBuf;
use std::sync::Arc;

use stdx::BoxFuture;

use crate::error::SandboxError;
use crate::exchange::{Ending, Exchange, LogLine, Meter, Reply, Usage};
use crate::platform::Platform;
use crate::spec::{
    Identity, Layer, LayerName, SandboxId, Snapshot, SnapshotName, StorageName, Template, TemplateName,
    TemplateSpec,
};

/// How strongly a sandbox is kept apart. Never silently weaker than asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// A virtual machine with a kernel of its own.
    MicroVm,
    /// An OCI runtime.
    Oci,
    /// A simulation inside this process: tests only.
    Simulated,
}

/// A read-only root file system that programs can be started on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseImage {
    /// The name specs refer to.
    pub name: String,
    /// Digest of the image's content.
    pub digest: String,
    /// The language runtimes on it, such as `python3.11`.
    pub runtimes: Vec<String>,
}

/// What an engine is and has.
#[derive(Clone, Debug)]
pub struct EngineInfo {
    /// Its isolation tier.
    pub tier: Tier,
    /// For people: implementation, version and acceleration, such as `QEMU 7.2.22, emulated`.
    pub description: String,
    /// Whether guest code runs on the processor itself. When not, starting takes many times longer, and
    /// callers scale their time budgets.
    pub accelerated: bool,
    /// The base images there are.
    pub bases: Vec<BaseImage>,
}

/// What was found and done about the leavings of an earlier process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Sandboxes that still ran, or had left files, and were ended and removed.
    pub ended: Vec<SandboxId>,
    /// Templates, layers, snapshots and storages that nobody asked to keep or that were half-made, removed.
    pub removed: usize,
    /// Templates kept, ready to start from.
    pub templates: Vec<TemplateName>,
}

/// What a new process wants to find again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Templates.
    pub templates: Vec<TemplateName>,
    /// Layers.
    pub layers: Vec<LayerName>,
    /// Snapshots.
    pub snapshots: Vec<SnapshotName>,
    /// Storages.
    pub storages: Vec<StorageName>,
}

/// Makes templates and starts sandboxes from them.
pub trait Engine: Send + Sync + 'static {
    /// What it is and has.
    fn info(&self) -> EngineInfo;

    /// Packs the tree below `root` into a read-only layer. A layer of the same name is taken as it is.
    fn build_layer(&self, name: LayerName, root: PathBuf) -> BoxFuture<'_, Result<Layer, SandboxError>>;

    /// Boots the spec once, waits until it is ready and freezes it. A template of that name is replaced.
    fn prepare(&self, spec: TemplateSpec) -> BoxFuture<'_, Result<Template, SandboxError>>;

    /// Starts a sandbox from a template: it continues where the template was frozen, with an identity of its own.
    fn start<'a>(
        &'a self,
        template: &'a TemplateName,
        identity: Identity,
    ) -> BoxFuture<'a, Result<Arc<dyn Sandbox>, SandboxError>>;

    /// Starts a sandbox the slow way, from its boot, and returns once it is ready.
    fn boot(
        &self,
        spec: TemplateSpec,
        identity: Identity,
    ) -> BoxFuture<'_, Result<Arc<dyn Sandbox>, SandboxError>>;

    /// Starts a sandbox that goes on where the snapshot stopped. The snapshot stays, unchanged. If it was frozen with
    /// a storage, the one that `identity` names becomes as that was at the freeze, whatever was in it.
    fn resume<'a>(
        &'a self,
        snapshot: &'a SnapshotName,
        identity: Identity,
    ) -> BoxFuture<'a, Result<Arc<dyn Sandbox>, SandboxError>>;

    /// Makes a second snapshot of the same content, storage included. One of that name must not exist.
    fn copy_snapshot<'a>(
        &'a self,
        from: &'a SnapshotName,
        to: SnapshotName,
    ) -> BoxFuture<'a, Result<Snapshot, SandboxError>>;

    /// Removes a snapshot, if there is one of that name. Sandboxes that were resumed from it go on.
    fn discard_snapshot<'a>(&'a self, snapshot: &'a SnapshotName) -> BoxFuture<'a, Result<(), SandboxError>>;

    /// The image of a storage that no sandbox has, as a sparse file that may be read until its next use. `None` if
    /// there is no storage of that name.
    fn storage_image<'a>(
        &'a self,
        storage: &'a StorageName,
    ) -> BoxFuture<'a, Result<Option<PathBuf>, SandboxError>>;

    /// Takes a file as the image of a storage, replacing what had that name.
    fn import_storage(&self, storage: StorageName, image: PathBuf)
    -> BoxFuture<'_, Result<(), SandboxError>>;

    /// Makes a storage that is as the snapshot's own was at the freeze, replacing what had that name. Neither of the
    /// two shows what is written to the other from then on.
    fn restore_storage<'a>(
        &'a self,
        snapshot: &'a SnapshotName,
        storage: StorageName,
    ) -> BoxFuture<'a, Result<(), SandboxError>>;

    /// Removes a storage that no sandbox has, if there is one of that name. Snapshots keep what they hold of it.
    fn discard_storage<'a>(&'a self, storage: &'a StorageName) -> BoxFuture<'a, Result<(), SandboxError>>;

    /// Removes a template. Sandboxes that were started from it go on, and so do its snapshots.
    fn discard_template<'a>(&'a self, template: &'a TemplateName) -> BoxFuture<'a, Result<(), SandboxError>>;

    /// Removes a layer. Templates that use it must be gone.
    fn discard_layer<'a>(&'a self, layer: &'a LayerName) -> BoxFuture<'a, Result<(), SandboxError>>;

    /// Who answers what programs say to the platform, from now on. Whatever they said before was answered by nobody:
    /// their connections were closed. Called at most once.
    fn attach(&self, platform: Arc<dyn Platform>);

    /// Called once after a start of the process: ends every sandbox that an earlier process left behind and
    /// removes every file that belongs to nothing in `keep`.
    fn recover<'a>(&'a self, keep: &'a Keep) -> BoxFuture<'a, Result<Recovered, SandboxError>>;

    /// Ends all sandboxes and waits until nothing of them is left. Templates stay.
    fn shut_down(&self) -> BoxFuture<'_, ()>;
}

/// One running sandbox. Dropping the last handle ends it as [`Sandbox::stop`] does, without waiting.
pub trait Sandbox: Send + Sync + 'static {
    /// Its id, unique for as long as the engine's directory lives.
    fn id(&self) -> &SandboxId;

    /// Carries one HTTP exchange to the program. Returns when the reply's head is here; both bodies stream.
    /// Dropping the future or the reply's body tells the program that the client has gone.
    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Reply, SandboxError>>;

    /// What it has used since it started.
    fn usage(&self) -> BoxFuture<'_, Result<Usage, SandboxError>>;

    /// What it costs. Takes microseconds and asks nothing of the sandbox. After its end: what it was last.
    fn meter(&self) -> Meter;

    /// Freezes it with its storage into a snapshot, which is on the disk itself when this returns, and ends it with
    /// [`Ending::Suspended`]. The caller sees to it that no exchange is under way. A failure leaves no snapshot and
    /// the sandbox running, unless it is [`SandboxError::Ended`].
    fn suspend(&self, into: SnapshotName) -> BoxFuture<'_, Result<Snapshot, SandboxError>>;

    /// The last lines the program wrote, oldest first.
    fn log_tail(&self) -> Vec<LogLine>;

    /// How it ended; completes when nothing of it is left.
    fn ended(&self) -> BoxFuture<'static, Ending>;

    /// Ends it and waits until nothing of it is left. Ending what has ended is no error.
    fn stop(&self) -> BoxFuture<'_, ()>;
}
