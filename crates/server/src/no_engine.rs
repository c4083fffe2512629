//! What stands in for the sandbox engine where it cannot be opened: records can be kept and read, and whatever needs
//! a sandbox says what is missing.

use std::path::PathBuf;
use std::sync::Arc;

use sandbox::{
    Engine, EngineInfo, Identity, Keep, Layer, LayerName, Platform, Recovered, Sandbox, SandboxError,
    Snapshot, SnapshotName, StorageName, Template, TemplateName, TemplateSpec, Tier,
};
use stdx::BoxFuture;

/// An engine that says why there is none.
pub(crate) struct NoEngine {
    pub(crate) missing: String,
}

impl NoEngine {
    fn refuse<T: Send + 'static>(&self) -> BoxFuture<'_, Result<T, SandboxError>> {
        Box::pin(std::future::ready(Err(SandboxError::NotInstalled(self.missing.clone()))))
    }
}

impl Engine for NoEngine {
    fn info(&self) -> EngineInfo {
        EngineInfo {
            tier: Tier::MicroVm,
            description: self.missing.clone(),
            accelerated: false,
            bases: Vec::new(),
        }
    }

    fn build_layer(&self, _: LayerName, _: PathBuf) -> BoxFuture<'_, Result<Layer, SandboxError>> {
        self.refuse()
    }

    fn prepare(&self, _: TemplateSpec) -> BoxFuture<'_, Result<Template, SandboxError>> {
        self.refuse()
    }

    fn start<'a>(
        &'a self,
        _: &'a TemplateName,
        _: Identity,
    ) -> BoxFuture<'a, Result<Arc<dyn Sandbox>, SandboxError>> {
        self.refuse()
    }

    fn boot(&self, _: TemplateSpec, _: Identity) -> BoxFuture<'_, Result<Arc<dyn Sandbox>, SandboxError>> {
        self.refuse()
    }

    fn discard_template<'a>(&'a self, _: &'a TemplateName) -> BoxFuture<'a, Result<(), SandboxError>> {
        self.refuse()
    }

    fn discard_layer<'a>(&'a self, _: &'a LayerName) -> BoxFuture<'a, Result<(), SandboxError>> {
        self.refuse()
    }

    fn resume<'a>(
        &'a self,
        _: &'a SnapshotName,
        _: Identity,
    ) -> BoxFuture<'a, Result<Arc<dyn Sandbox>, SandboxError>> {
        self.refuse()
    }

    fn copy_snapshot<'a>(
        &'a self,
        _: &'a SnapshotName,
        _: SnapshotName,
    ) -> BoxFuture<'a, Result<Snapshot, SandboxError>> {
        self.refuse()
    }

    fn discard_snapshot<'a>(&'a self, _: &'a SnapshotName) -> BoxFuture<'a, Result<(), SandboxError>> {
        self.refuse()
    }

    fn storage_image<'a>(
        &'a self,
        _: &'a StorageName,
    ) -> BoxFuture<'a, Result<Option<PathBuf>, SandboxError>> {
        self.refuse()
    }

    fn import_storage(&self, _: StorageName, _: PathBuf) -> BoxFuture<'_, Result<(), SandboxError>> {
        self.refuse()
    }

    fn restore_storage<'a>(
        &'a self,
        _: &'a SnapshotName,
        _: StorageName,
    ) -> BoxFuture<'a, Result<(), SandboxError>> {
        self.refuse()
    }

    fn discard_storage<'a>(&'a self, _: &'a StorageName) -> BoxFuture<'a, Result<(), SandboxError>> {
        self.refuse()
    }

    /// Without sandboxes nobody calls.
    fn attach(&self, _: Arc<dyn Platform>) {}

    fn recover<'a>(&'a self, _: &'a Keep) -> BoxFuture<'a, Result<Recovered, SandboxError>> {
        self.refuse()
    }

    fn shut_down(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
