//! Going on where a snapshot stopped.

use std::sync::Arc;

use sandbox::{Identity, Sandbox, SandboxError, Snapshot, SnapshotName, StorageName};

use super::{SimEngine, taken};
use crate::cell::Cell;
use crate::host::{Dormant, Step};

impl SimEngine {
    pub(super) async fn resume_from(
        &self,
        name: &SnapshotName,
        identity: Identity,
    ) -> Result<Arc<dyn Sandbox>, SandboxError> {
        self.dormant(name)?;
        self.pause(self.host.options.resume_takes).await;
        self.host.ordered_failure(Step::Resume)?;
        // It may have been discarded meanwhile.
        let dormant = self.dormant(name)?;
        match (&identity.storage, dormant.storage) {
            (None, None) => {}
            (Some(storage), Some(content)) => {
                self.host.unused(storage)?;
                self.host.storages.put(storage.clone(), content);
            }
            (None, Some(_)) => return Err(refused(name, "it had a storage")),
            (Some(_), None) => return Err(refused(name, "it had no storage")),
        }
        let same = dormant.hostname == identity.hostname;
        let boot = same.then_some(dormant.boot);
        let cell = Cell::new(identity, &dormant.spec, dormant.log, boot, &self.host);
        self.admit(cell, dormant.process.fork())
    }

    pub(super) fn copy_of(&self, from: &SnapshotName, to: SnapshotName) -> Result<Snapshot, SandboxError> {
        let dormant = self.dormant(from)?;
        let mut state = self.host.state();
        if state.snapshots.contains_key(&to) {
            return Err(taken(format!("there is a snapshot {to} already")));
        }
        let copy = Dormant { process: dormant.process.fork(), ..dormant };
        let snapshot = copy.told(to.clone());
        state.snapshots.insert(to, copy);
        Ok(snapshot)
    }

    /// Gives what a snapshot has of a storage the name of one.
    pub(super) fn bring_out(
        &self,
        snapshot: &SnapshotName,
        storage: StorageName,
    ) -> Result<(), SandboxError> {
        let content = self.dormant(snapshot)?.storage;
        let content = content.ok_or_else(|| refused(snapshot, "it had no storage"))?;
        self.host.unused(&storage)?;
        self.host.storages.put(storage, content);
        Ok(())
    }

    fn dormant(&self, name: &SnapshotName) -> Result<Dormant, SandboxError> {
        let dormant = self.host.state().snapshots.get(name).cloned();
        let dormant = dormant.ok_or_else(|| refused(name, "there is none of that name"))?;
        match &dormant.refused {
            Some(reason) => Err(refused(name, reason)),
            None => Ok(dormant),
        }
    }
}

fn refused(name: &SnapshotName, reason: &str) -> SandboxError {
    SandboxError::NoSnapshot { name: name.clone(), reason: reason.to_owned() }
}
