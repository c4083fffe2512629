//! The engine: one life of the server on a simulated machine.

mod bring_up;
mod snapshots;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sandbox::{
    Ending, Engine, EngineInfo, Identity, Keep, Layer, LayerName, Platform, Recovered, Sandbox, SandboxError,
    SandboxId, Snapshot, SnapshotName, StorageName, Template, TemplateName, TemplateSpec, Tier,
};
use stdx::BoxFuture;
use tokio_util::task::TaskTracker;

use crate::cell::{Cell, SimSandbox};
use crate::host::{Frozen, SimHost, State, Step};
use crate::program::SimProcess;

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

    async fn pause(&self, duration: Duration) {
        self.host.pause(duration).await;
    }

    /// Enters a machine into the register, under its wall-clock limit.
    fn admit(&self, cell: Arc<Cell>, process: Arc<dyn SimProcess>) -> Result<Arc<dyn Sandbox>, SandboxError> {
        let id = cell.identity.id.clone();
        let mut running = self.host.running.lock();
        if running.contains_key(&id) {
            return Err(taken(format!("a sandbox {id} runs already")));
        }
        if let Some(storage) = &cell.identity.storage {
            if running.values().any(|other| other.identity.storage.as_ref() == Some(storage)) {
                return Err(taken(format!("another sandbox has storage {storage}")));
            }
            self.host.storages.make(storage);
        }
        running.insert(id, Arc::clone(&cell));
        drop(running);
        let limit = self.host.clock.sleep_until(self.host.clock.now().plus(cell.spec.limits.wall_clock));
        let watched = Arc::clone(&cell);
        self.tasks.spawn(async move {
            tokio::select! {
                _ = watched.ended() => {}
                () = limit => watched.end(Ending::TimedOut),
            }
        });
        Ok(Arc::new(SimSandbox { cell, process, host: Arc::clone(&self.host) }))
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
            let cell = Cell::new(identity, &spec, [], None, &self.host);
            let process = self.bring_up(&spec, &cell).await?;
            self.warm_up(&spec, &cell, &process).await?;
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
            let cell = Cell::new(identity, &frozen.spec, frozen.log, None, &self.host);
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
            let cell = Cell::new(identity, &spec, [], None, &self.host);
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
        snapshot: &'a SnapshotName,
        identity: Identity,
    ) -> BoxFuture<'a, Result<Arc<dyn Sandbox>, SandboxError>> {
        Box::pin(self.resume_from(snapshot, identity))
    }

    fn copy_snapshot<'a>(
        &'a self,
        from: &'a SnapshotName,
        to: SnapshotName,
    ) -> BoxFuture<'a, Result<Snapshot, SandboxError>> {
        Box::pin(async move {
            self.pause(Duration::ZERO).await;
            self.host.ordered_failure(Step::CopySnapshot)?;
            self.copy_of(from, to)
        })
    }

    fn discard_snapshot<'a>(&'a self, snapshot: &'a SnapshotName) -> BoxFuture<'a, Result<(), SandboxError>> {
        Box::pin(async move {
            self.pause(Duration::ZERO).await;
            self.host.ordered_failure(Step::DiscardSnapshot)?;
            self.host.state().snapshots.remove(snapshot);
            Ok(())
        })
    }

    fn storage_image<'a>(
        &'a self,
        storage: &'a StorageName,
    ) -> BoxFuture<'a, Result<Option<PathBuf>, SandboxError>> {
        Box::pin(async move {
            self.host.unused(storage)?;
            self.host.storages.image(storage)
        })
    }

    fn import_storage(
        &self,
        storage: StorageName,
        image: PathBuf,
    ) -> BoxFuture<'_, Result<(), SandboxError>> {
        Box::pin(async move {
            self.host.unused(&storage)?;
            self.host.storages.import(storage, &image)
        })
    }

    fn restore_storage<'a>(
        &'a self,
        snapshot: &'a SnapshotName,
        storage: StorageName,
    ) -> BoxFuture<'a, Result<(), SandboxError>> {
        Box::pin(async move {
            self.pause(Duration::ZERO).await;
            self.host.ordered_failure(Step::RestoreStorage)?;
            self.bring_out(snapshot, storage)
        })
    }

    fn discard_storage<'a>(&'a self, storage: &'a StorageName) -> BoxFuture<'a, Result<(), SandboxError>> {
        Box::pin(async move {
            self.host.unused(storage)?;
            self.host.storages.discard(storage);
            Ok(())
        })
    }

    fn attach(&self, platform: Arc<dyn Platform>) {
        *self.host.platform.write().expect("no holder of the platform's lock panics") = Some(platform);
    }

    fn recover<'a>(&'a self, keep: &'a Keep) -> BoxFuture<'a, Result<Recovered, SandboxError>> {
        Box::pin(async move {
            let ended = self.end_all();
            let removed_storages = self.host.storages.retain(&keep.storages);
            let mut state = self.host.state();
            let size = |state: &State| state.templates.len() + state.layers.len() + state.snapshots.len();
            let before = size(&state);
            state.templates.retain(|name, frozen| keep.templates.contains(name) && frozen.refused.is_none());
            state.layers.retain(|name, _| keep.layers.contains(name));
            // Why a snapshot cannot be used is told to whoever resumes it: it stays for as long as it is wanted.
            state.snapshots.retain(|name, _| keep.snapshots.contains(name));
            let removed = before - size(&state) + removed_storages;
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

/// Somebody else has it.
pub(crate) fn taken(context: String) -> SandboxError {
    SandboxError::Failed { context, source: io::Error::from(io::ErrorKind::AlreadyExists) }
}

fn tree_size(root: &Path) -> io::Result<u64> {
    let mut size = 0;
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        size += if entry.file_type()?.is_dir() { tree_size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(size)
}
