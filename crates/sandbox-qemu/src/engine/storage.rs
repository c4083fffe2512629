//! The storages that machines bring along.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use sandbox::{Identity, SandboxError, SnapshotName, StorageName, TemplateSpec};

use super::{QemuEngine, blocking};
use crate::home::failed;
use crate::snapshot::{self, STORAGE};
use crate::storages::{Lease, nothing};

/// What one machine brings along.
#[derive(Default)]
pub(super) struct Brought {
    /// Its right to a storage, if it has one.
    pub(super) lease: Option<Lease>,
    /// What the guest sees as that disk, if its template provides for one.
    pub(super) disk: Option<Arc<OwnedFd>>,
    /// Where the guest is to mount it.
    pub(super) mount: Option<String>,
}

impl QemuEngine {
    /// For a machine that begins: a storage that is not there is made.
    pub(super) async fn bring(
        &self,
        spec: &TemplateSpec,
        identity: &Identity,
    ) -> Result<Brought, SandboxError> {
        let mib = spec.storage.as_ref().map_or(0, |storage| storage.size_mib);
        let lease = match &identity.storage {
            Some(name) => Some(self.storages.take(name, mib, &*self.rng).await?),
            None => None,
        };
        brought(spec, lease)
    }

    /// For a machine that goes on: it has the storage mounted that it was frozen with, or none. It gets that as it was
    /// then: a machine that went on before, and was given up, may have written to it.
    pub(super) async fn bring_back(
        &self,
        snapshot: &SnapshotName,
        had: bool,
        spec: &TemplateSpec,
        identity: &Identity,
    ) -> Result<Brought, SandboxError> {
        let refused =
            |reason: &str| SandboxError::NoSnapshot { name: snapshot.clone(), reason: reason.to_owned() };
        let lease = match (&identity.storage, had) {
            (None, false) => None,
            (Some(name), true) => {
                let (storages, rng) = (Arc::clone(&self.storages), Arc::clone(&self.rng));
                let (name, frozen) = (name.clone(), self.home.snapshot(snapshot).join(STORAGE));
                Some(blocking(move || storages.thaw(&name, &frozen, &*rng)).await?)
            }
            (None, true) => return Err(refused("it had a storage")),
            (Some(_), false) => return Err(refused("it had no storage")),
        };
        brought(spec, lease)
    }

    /// Gives what a snapshot has of a storage the name of one.
    pub(super) async fn bring_out(
        &self,
        snapshot: &SnapshotName,
        storage: StorageName,
    ) -> Result<(), SandboxError> {
        let (storages, rng) = (Arc::clone(&self.storages), Arc::clone(&self.rng));
        let (directory, snapshot) = (self.home.snapshot(snapshot), snapshot.clone());
        blocking(move || {
            let manifest = snapshot::manifest_of(&directory, &snapshot)?;
            if !manifest.storage {
                let reason = "it had no storage".to_owned();
                return Err(SandboxError::NoSnapshot { name: snapshot, reason });
            }
            storages.restore(&storage, &directory.join(STORAGE), &*rng)
        })
        .await
    }

    pub(super) async fn take_in(&self, name: StorageName, image: PathBuf) -> Result<(), SandboxError> {
        let (storages, rng) = (Arc::clone(&self.storages), Arc::clone(&self.rng));
        blocking(move || storages.import(&name, &image, &*rng)).await
    }
}

fn brought(spec: &TemplateSpec, lease: Option<Lease>) -> Result<Brought, SandboxError> {
    let failed = failed(|| format!("bringing a storage to a sandbox of {}", spec.name));
    let Some(storage) = &spec.storage else {
        return match lease {
            None => Ok(Brought::default()),
            Some(_) => Err(failed(std::io::Error::other("its template does not provide for one"))),
        };
    };
    let disk = match &lease {
        Some(lease) => Arc::clone(lease.image()),
        None => nothing(storage.size_mib).map_err(failed)?,
    };
    let mount = lease.is_some().then(|| storage.mount.clone());
    Ok(Brought { lease, disk: Some(disk), mount })
}
