//! Making templates, and booting without one.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use sandbox::{Ending, Identity, SandboxError, SandboxId, Template, TemplateSpec};

use super::warm_up::warm_up;
use super::{QemuEngine, blocking};
use crate::command_line::Memory;
use crate::home::{Home, failed, open_write};
use crate::sandbox::{Order, QemuSandbox};
use crate::template::{Manifest, RAM, SCRATCH, STATE, sync};
use crate::tools;

/// The files of a machine that boots.
struct Files {
    memory: Memory,
    scratch: Arc<OwnedFd>,
}

impl QemuEngine {
    /// Boots, waits, warms up, freezes; the template appears whole or not at all.
    pub(super) async fn prepare_template(&self, spec: TemplateSpec) -> Result<Template, SandboxError> {
        let context = format!("preparing template {}", spec.name);
        let failed = failed(|| context.as_str());
        let ground = self.ground().await?;
        let (_, base) = self.images.base(&spec.base)?;
        let boot_files = self.boot_files().await?.digest.clone();
        let unfinished = Home::unfinished(&self.home.templates(), &*self.rng);
        let directory = unfinished.path();
        fs::create_dir(directory).map_err(&failed)?;
        let files = self.make_files(directory, &spec).await?;
        let state = open_write(&directory.join(STATE)).map_err(&failed)?;
        let id = format!("template-{}", self.rng.alphanumeric(12));
        let id = SandboxId::parse(&id).expect("it is a plain name");
        let identity = Identity::new(id, "template");

        let begin = self.clock.now();
        let machine = self.start_boot(&spec, identity, files.memory, files.scratch, Some(state)).await?;
        self.await_readiness(&spec, &machine).await?;
        let boot = self.clock.now().since(begin);
        if let Some(warmup) = &spec.warmup {
            warm_up(&machine.shared, warmup).await?;
        }
        let begin = self.clock.now();
        machine.order(Order::Freeze).await;
        let ending = machine.shared.ended().await;
        if ending != Ending::Stopped || self.shut_down.is_cancelled() {
            return Err(self.failure(&spec, &machine, ending));
        }
        let freeze = self.clock.now().since(begin);

        let manifest = Manifest { ground, spec, base, boot_files, boot, freeze };
        manifest.write(directory).map_err(&failed)?;
        let path = directory.to_owned();
        let synced = blocking(move || sync(&path).map_err(crate::home::failed(|| "writing a template")));
        synced.await?;
        let name = manifest.spec.name.clone();
        self.open_templates().remove(&name);
        let place = self.home.template(&name);
        unfinished.finish(&place).map_err(&failed)?;
        self.template(&name).await?;
        self.spares.discard(&name);
        Ok(manifest.describe(&place))
    }

    /// Boots a sandbox that is used as it is.
    pub(super) async fn boot_cold(
        &self,
        spec: &TemplateSpec,
        identity: Identity,
    ) -> Result<QemuSandbox, SandboxError> {
        let failed = failed(|| format!("booting {}", spec.name));
        let unfinished = Home::unfinished(&self.home.sandboxes(), &*self.rng);
        fs::create_dir(unfinished.path()).map_err(&failed)?;
        let files = self.make_files(unfinished.path(), spec).await?;
        // Its files need no names once they are open.
        drop(unfinished);
        let machine = self.start_boot(spec, identity, files.memory, files.scratch, None).await?;
        self.await_readiness(spec, &machine).await?;
        Ok(machine)
    }

    async fn make_files(&self, directory: &Path, spec: &TemplateSpec) -> Result<Files, SandboxError> {
        let failed = failed(|| format!("making the files of {}", spec.name));
        let ram = sized(&directory.join(RAM), spec.limits.memory_mib).map_err(&failed)?;
        self.users.own_memory(&ram, &*self.rng).map_err(&failed)?;
        let path = directory.join(SCRATCH);
        let scratch = sized(&path, spec.limits.disk_mib).map_err(&failed)?;
        tools::make_ext4(&path).await?;
        let memory = Memory { file: ram, mib: spec.limits.memory_mib, shared: true };
        Ok(Files { memory, scratch })
    }

    async fn await_readiness(&self, spec: &TemplateSpec, machine: &QemuSandbox) -> Result<(), SandboxError> {
        match machine.shared.running().await {
            Ok(()) => Ok(()),
            Err(ending) => Err(self.failure(spec, machine, ending)),
        }
    }

    /// Why a machine that was to become ready has ended.
    fn failure(&self, spec: &TemplateSpec, machine: &QemuSandbox, ending: Ending) -> SandboxError {
        let log = machine.shared.log.tail();
        if let Some(last_probe) = machine.shared.last_probe.get() {
            let last_probe = last_probe.clone();
            return SandboxError::NotReady { within: spec.ready.within, last_probe, log };
        }
        match ending {
            Ending::ProgramEnded { .. } => SandboxError::ProgramFailed { ending, log },
            // Memory is a sparse file: a full disk shows as the death of the machine that wrote to it.
            _ if disk_is_full(self.home.root()) => SandboxError::DiskFull,
            Ending::Failed { reason } => SandboxError::Failed {
                context: format!("booting {}", spec.name),
                source: io::Error::other(reason),
            },
            Ending::Stopped | Ending::Suspended | Ending::TimedOut => SandboxError::Ended(ending),
        }
    }
}

fn sized(path: &Path, mib: u32) -> io::Result<Arc<OwnedFd>> {
    let file = open_write(path)?;
    rustix::fs::ftruncate(&file, u64::from(mib) << 20)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Whether the next page would not fit.
fn disk_is_full(directory: &Path) -> bool {
    rustix::fs::statvfs(directory).is_ok_and(|found| found.f_bavail * found.f_frsize < 64 << 10)
}
