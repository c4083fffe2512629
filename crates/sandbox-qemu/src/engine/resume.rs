//! Snapshots: going on from them, copying and removing them.

use std::fs::File;
use std::io;
use std::sync::Arc;

use guest_protocol::hello::Hello;
use sandbox::machine::Origin;
use sandbox::{Ending, Identity, SandboxError, Snapshot, SnapshotName};

use super::launch::Launch;
use super::storage::Brought;
use super::{QemuEngine, blocking};
use crate::claim::Claim;
use crate::command_line::Disks;
use crate::home::{Home, failed, remove};
use crate::sandbox::QemuSandbox;
use crate::snapshot::{self, Asleep};
use crate::template::OVERLAY;
use crate::vmm::Start;
use crate::who::Who;

impl QemuEngine {
    /// Goes on where a snapshot stopped. Its owner gives the snapshot up for a machine that goes on, so that is waited
    /// for: whatever kills the machine before costs nothing.
    pub(super) async fn resume_snapshot(
        &self,
        name: &SnapshotName,
        identity: Identity,
    ) -> Result<QemuSandbox, SandboxError> {
        let failed = failed(|| format!("resuming {name}"));
        let Asleep { manifest, frozen, state } = self.open_snapshot(name).await?;
        let claim = Claim::new(self.home.sandbox(&identity.id)).map_err(&failed)?;
        let spec = &frozen.manifest.spec;
        let brought = self.bring_back(name, manifest.storage, spec, &identity);
        // Both to their end: a directory cannot be removed while something is put into it.
        let (claim, brought) = tokio::join!(self.copy_overlay(name, claim), brought);
        let (claim, Brought { lease, disk, mount }) = (claim?, brought?);
        let who = match identity.hostname == manifest.hostname {
            true => Who { hostname: manifest.hostname, boot_id: manifest.boot_id, storage: mount },
            false => Who { storage: mount, ..Who::new(identity.hostname.clone(), &*self.rng) },
        };
        let disks = Disks { storage: disk, ..frozen.disks(claim.directory()).map_err(&failed)? };
        let launch = Launch {
            origin: Origin::Restore,
            limits: spec.limits,
            memory: frozen.memory(),
            disks,
            start: Start::Restore { state },
            hello: Hello::Wake { wake: who.wake(&*self.clock, &*self.rng) },
            ready_within: spec.ready.within,
            save_to: None,
            who,
            wall_clock: manifest.remaining,
            storage: lease,
            template: Some(Arc::clone(&frozen)),
            identity,
        };
        let sandbox = self.launch(launch, claim).await?;
        match sandbox.shared.running().await {
            Ok(()) => Ok(sandbox),
            Err(Ending::Failed { reason }) => Err(failed(io::Error::other(reason))),
            Err(ending) => Err(SandboxError::Ended(ending)),
        }
    }

    /// Gives a machine the snapshot's disk. Whoever stops waiting leaves the directory to the copying, which goes on.
    async fn copy_overlay(&self, from: &SnapshotName, claim: Claim) -> Result<Claim, SandboxError> {
        let from = self.home.snapshot(from).join(OVERLAY);
        let copy = move || {
            let to = File::create_new(claim.directory().join(OVERLAY))?;
            snapshot::copy_sparse(&File::open(from)?, &to).map(|_| claim)
        };
        blocking(move || copy().map_err(failed(|| "copying a disk"))).await
    }

    async fn open_snapshot(&self, name: &SnapshotName) -> Result<Asleep, SandboxError> {
        let ground = self.ground().await?;
        let (directory, images) = (self.home.snapshot(name), self.images.clone());
        let name = name.clone();
        blocking(move || {
            let opened = snapshot::open(&directory, &ground, |base| images.base(base));
            opened.map_err(|reason| SandboxError::NoSnapshot { name, reason })
        })
        .await
    }

    pub(super) async fn copy(&self, from: &SnapshotName, to: SnapshotName) -> Result<Snapshot, SandboxError> {
        let (source, target) = (self.home.snapshot(from), self.home.snapshot(&to));
        let (from, unfinished) = (from.clone(), Home::unfinished(&self.home.snapshots(), &*self.rng));
        blocking(move || {
            let manifest = snapshot::manifest_of(&source, &from)?;
            let failed = failed(|| format!("copying {from} to {to}"));
            snapshot::copy(&source, unfinished.path(), &manifest).map_err(&failed)?;
            unfinished.finish_new(&target).map_err(&failed)?;
            Ok(snapshot::describe(&target, to.clone(), &manifest))
        })
        .await
    }

    pub(super) async fn discard(&self, name: &SnapshotName) -> Result<(), SandboxError> {
        let (directory, unfinished) =
            (self.home.snapshot(name), Home::unfinished(&self.home.snapshots(), &*self.rng));
        let name = name.clone();
        blocking(move || {
            // What is half removed must not look like a snapshot.
            let gone = match std::fs::rename(&directory, unfinished.path()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
                Ok(()) => remove(unfinished.path()),
            };
            gone.map_err(failed(|| format!("removing {name}")))
        })
        .await
    }
}
