//! The engine: one life of the server on a simulated machine.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sandbox::{
    Ending, Engine, EngineInfo, Exchange, Identity, Keep, Layer, LayerName, Recovered, Sandbox, SandboxError,
    SandboxId, Snapshot, SnapshotName, StorageName, Template, TemplateName, TemplateSpec, Tier,
};
use stdx::{BoxFuture, ByteStream};
use tokio_util::task::TaskTracker;

use crate::cell::{Cell, SimSandbox, exchange_with};
use crate::host::{Frozen, SimHost, Step};
use crate::program::{SimMachine, SimProcess};

/// From one readiness probe to the next.
const PROBE_EVERY: Duration = Duration::from_millis(100);

/// An engine on a [`SimHost`].
pub struct SimEngine {
    host: Arc<SimHost>,
    tasks: TaskTracker,
}

impl SimEngine {
    /// The engine of a server that has just started on `host`.
    pub fn new(host: Arc<SimHost>) -> Self {
        Self { host, tasks: TaskTracker::new() }
    }

    /// The machine that it runs on.
    pub fn host(&self) -> &Arc<SimHost> {
        &self.host
    }

    fn check(&self, spec: &TemplateSpec) -> Result<(), SandboxError> {
        if !self.host.options.bases.iter().any(|base| base.name == spec.base) {
            return Err(SandboxError::NoBase(spec.base.clone()));
        }
        if !self.host.state().layers.contains_key(&spec.code.name) {
            let source = io::Error::from(io::ErrorKind::NotFound);
            return Err(SandboxError::Failed {
                context: format!("opening layer {}", spec.code.name),
                source,
            });
        }
        Ok(())
    }

    async fn pause(&self, duration: Duration) {
        if !duration.is_zero() {
            self.host.clock.sleep_until(self.host.clock.now().plus(duration)).await;
        }
    }

    /// Boots a machine and waits for its readiness; one that fails is gone when this returns.
    async fn bring_up(
        &self,
        spec: &TemplateSpec,
        cell: &Arc<Cell>,
    ) -> Result<Arc<dyn SimProcess>, SandboxError> {
        self.pause(self.host.options.boot_takes).await;
        let machine = SimMachine(Arc::clone(cell));
        let Some(program) = self.host.program(&spec.program.arguments) else {
            machine.print_error(format!("{:?}: no such program", spec.program.arguments));
            machine.exit(127);
            return Err(failed_at_start(cell, Ending::ProgramEnded { code: Some(127), signal: None }));
        };
        let process = program.start(spec, &machine);
        let mut last_probe = "no probe was answered".to_owned();
        let deadline = self.host.clock.now().plus(spec.ready.within);
        tokio::select! {
            biased;
            ending = cell.ended() => Err(failed_at_start(cell, ending)),
            () = self.until_ready(spec, cell, &process, &mut last_probe) => Ok(process),
            () = self.host.clock.sleep_until(deadline) => {
                cell.end(Ending::Stopped);
                Err(SandboxError::NotReady { within: spec.ready.within, last_probe, log: cell.log() })
            }
        }
    }

    async fn until_ready(
        &self,
        spec: &TemplateSpec,
        cell: &Arc<Cell>,
        process: &Arc<dyn SimProcess>,
        last_probe: &mut String,
    ) {
        loop {
            let probe = Exchange {
                method: "GET".to_owned(),
                target: spec.ready.path.clone(),
                headers: Vec::new(),
                length: Some(0),
                body: ByteStream::empty(),
            };
            *last_probe = match exchange_with(cell, process, probe).await {
                Ok(reply) if reply.status == 200 => return,
                Ok(reply) => format!("status {}", reply.status),
                Err(error) => error.to_string(),
            };
            self.pause(PROBE_EVERY).await;
        }
    }

    /// Enters a machine into the register, under its wall-clock limit.
    fn admit(&self, cell: Arc<Cell>, process: Arc<dyn SimProcess>) -> Result<Arc<dyn Sandbox>, SandboxError> {
        let id = cell.identity.id.clone();
        let mut running = self.host.running.lock();
        if running.contains_key(&id) {
            let source = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(SandboxError::Failed { context: format!("a sandbox {id} runs already"), source });
        }
        running.insert(id, Arc::clone(&cell));
        drop(running);
        let limit = self.host.clock.sleep_until(self.host.clock.now().plus(cell.limits.wall_clock));
        let watched = Arc::clone(&cell);
        self.tasks.spawn(async move {
            tokio::select! {
                _ = watched.ended() => {}
                () = limit => watched.end(Ending::TimedOut),
            }
        });
        Ok(Arc::new(SimSandbox { cell, process }))
    }

    fn end_all(&self) -> Vec<SandboxId> {
        let cells: Vec<_> = self.host.running.lock().values().cloned().collect();
        cells.iter().for_each(|cell| cell.end(Ending::Stopped));
        cells.iter().map(|cell| cell.identity.id.clone()).collect()
    }
}

impl Engine for SimEngine {
    fn info(&self) -> EngineInfo {
        EngineInfo {
            tier: Tier::Simulated,
            description: "simulated".to_owned(),
            accelerated: self.host.options.accelerated,
            bases: self.host.options.bases.clone(),
        }
    }

    fn build_layer(&self, name: LayerName, root: PathBuf) -> BoxFuture<'_, Result<Layer, SandboxError>> {
        Box::pin(async move {
            self.host.ordered_failure(Step::BuildLayer)?;
            if let Some(layer) = self.host.state().layers.get(&name) {
                return Ok(layer.clone());
            }
            let size = tree_size(&root).map_err(|source| SandboxError::Failed {
                context: format!("reading the files of layer {name}"),
                source,
            })?;
            let layer = Layer { name: name.clone(), size };
            self.host.state().layers.insert(name, layer.clone());
            Ok(layer)
        })
    }

    fn prepare(&self, spec: TemplateSpec) -> BoxFuture<'_, Result<Template, SandboxError>> {
        Box::pin(async move {
            self.check(&spec)?;
            let begin = self.host.clock.now();
            let id = SandboxId::parse("template").expect("it is a plain name");
            let identity = Identity::new(id, "template");
            let cell = Cell::new(identity, spec.limits, Arc::clone(&self.host.clock), [], &self.host.running);
            let process = self.bring_up(&spec, &cell).await?;
            self.host.ordered_failure(Step::Prepare)?;
            let boot = self.host.clock.now().since(begin);
            let size = u64::from(spec.limits.memory_mib) << 20;
            let template = Template { name: spec.name.clone(), boot, freeze: Duration::ZERO, size };
            let frozen = Frozen { spec, process, log: cell.log(), refused: None };
            self.host.state().templates.insert(template.name.clone(), frozen);
            Ok(template)
        })
    }

    fn start<'a>(
        &'a self,
        template: &'a TemplateName,
        identity: Identity,
    ) -> BoxFuture<'a, Result<Arc<dyn Sandbox>, SandboxError>> {
        Box::pin(async move {
            let frozen = self.host.state().templates.get(template).cloned();
            let no_template = |reason| SandboxError::NoTemplate { name: template.clone(), reason };
            let frozen = frozen.ok_or_else(|| no_template("there is none of that name".to_owned()))?;
            if let Some(reason) = frozen.refused {
                return Err(no_template(reason));
            }
            self.pause(self.host.options.start_takes).await;
            self.host.ordered_failure(Step::Start)?;
            let clock = Arc::clone(&self.host.clock);
            let cell = Cell::new(identity, frozen.spec.limits, clock, frozen.log, &self.host.running);
            self.admit(cell, frozen.process.fork())
        })
    }

    fn boot(
        &self,
        spec: TemplateSpec,
        identity: Identity,
    ) -> BoxFuture<'_, Result<Arc<dyn Sandbox>, SandboxError>> {
        Box::pin(async move {
            self.check(&spec)?;
            let clock = Arc::clone(&self.host.clock);
            let cell = Cell::new(identity, spec.limits, clock, [], &self.host.running);
            let process = self.bring_up(&spec, &cell).await?;
            self.host.ordered_failure(Step::Boot)?;
            self.admit(cell, process)
        })
    }

    fn discard_template<'a>(&'a self, template: &'a TemplateName) -> BoxFuture<'a, Result<(), SandboxError>> {
        self.host.state().templates.remove(template);
        Box::pin(std::future::ready(Ok(())))
    }

    fn discard_layer<'a>(&'a self, layer: &'a LayerName) -> BoxFuture<'a, Result<(), SandboxError>> {
        self.host.state().layers.remove(layer);
        Box::pin(std::future::ready(Ok(())))
    }

    fn resume<'a>(
        &'a self,
        _: &'a SnapshotName,
        _: Identity,
    ) -> BoxFuture<'a, Result<Arc<dyn Sandbox>, SandboxError>> {
        Box::pin(std::future::ready(Err(SandboxError::NotInstalled(
            "this engine cannot do that yet".to_owned(),
        ))))
    }

    fn copy_snapshot<'a>(
        &'a self,
        _: &'a SnapshotName,
        _: SnapshotName,
    ) -> BoxFuture<'a, Result<Snapshot, SandboxError>> {
        Box::pin(std::future::ready(Err(SandboxError::NotInstalled(
            "this engine cannot do that yet".to_owned(),
        ))))
    }

    fn discard_snapshot<'a>(&'a self, _: &'a SnapshotName) -> BoxFuture<'a, Result<(), SandboxError>> {
        Box::pin(std::future::ready(Err(SandboxError::NotInstalled(
            "this engine cannot do that yet".to_owned(),
        ))))
    }

    fn storage_image<'a>(
        &'a self,
        _: &'a StorageName,
    ) -> BoxFuture<'a, Result<Option<PathBuf>, SandboxError>> {
        Box::pin(std::future::ready(Err(SandboxError::NotInstalled(
            "this engine cannot do that yet".to_owned(),
        ))))
    }

    fn import_storage(&self, _: StorageName, _: PathBuf) -> BoxFuture<'_, Result<(), SandboxError>> {
        Box::pin(std::future::ready(Err(SandboxError::NotInstalled(
            "this engine cannot do that yet".to_owned(),
        ))))
    }

    fn discard_storage<'a>(&'a self, _: &'a StorageName) -> BoxFuture<'a, Result<(), SandboxError>> {
        Box::pin(std::future::ready(Err(SandboxError::NotInstalled(
            "this engine cannot do that yet".to_owned(),
        ))))
    }

    fn recover<'a>(&'a self, keep: &'a Keep) -> BoxFuture<'a, Result<Recovered, SandboxError>> {
        Box::pin(async move {
            let ended = self.end_all();
            let mut state = self.host.state();
            let before = state.templates.len() + state.layers.len();
            state.templates.retain(|name, frozen| keep.templates.contains(name) && frozen.refused.is_none());
            state.layers.retain(|name, _| keep.layers.contains(name));
            let removed = before - state.templates.len() - state.layers.len();
            Ok(Recovered { ended, removed, templates: state.templates.keys().cloned().collect() })
        })
    }

    fn shut_down(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.end_all();
            self.tasks.close();
            self.tasks.wait().await;
        })
    }
}

fn failed_at_start(cell: &Cell, ending: Ending) -> SandboxError {
    SandboxError::ProgramFailed { ending, log: cell.log() }
}

fn tree_size(root: &Path) -> io::Result<u64> {
    let mut size = 0;
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        size += if entry.file_type()?.is_dir() { tree_size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(size)
}
