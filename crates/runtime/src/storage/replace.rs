//! From a snapshot to a session's record: the storage of one that goes on from a checkpoint.

use fault::Result;
use ids::AgentVersion;
use sandbox::{SnapshotName, StorageName};
use store::{Entry, Key, Write};
use tokio::sync::OwnedMutexGuard;

use super::{STORAGES, StorageRow, engine_fault};
use crate::rows::VersionRow;
use crate::service::Runtime;
use crate::sessions::SessionKey;

/// A storage that is to take the place of what a session has had. Nobody else moves that meanwhile.
pub(crate) struct Replacement {
    key: Key,
    row: StorageRow,
    found: Option<Entry<StorageRow>>,
    _turn: OwnedMutexGuard<()>,
}

impl Replacement {
    /// What makes it the session's own.
    pub(crate) fn writes(&self) -> Vec<Write> {
        self.row.writes(&self.key, self.found.as_ref())
    }
}

impl Runtime {
    /// What the snapshot holds of a storage, under a name that no record knows yet; nothing, if sessions of its version
    /// have none.
    pub(crate) async fn restore_storage(
        &self,
        version: &VersionRow,
        snapshot: &SnapshotName,
    ) -> Result<Option<StorageName>> {
        if version.spec.session_storage.is_none() {
            return Ok(None);
        }
        let name = self.new_storage();
        self.0.engine.restore_storage(snapshot, name.clone()).await.map_err(engine_fault)?;
        Ok(Some(name))
    }

    /// Waits until the storage that the session has had is nobody's, to put this one in its place.
    pub(crate) async fn replace_storage(
        &self,
        key: &SessionKey,
        version: AgentVersion,
        name: StorageName,
    ) -> Result<Replacement> {
        let _turn = self.0.storages.turn(key).await;
        let key = key.row();
        let found = STORAGES.get(self.store(), &key).await?;
        let row = StorageRow { name, version, used_at: self.now(), blob: None };
        Ok(Replacement { key, row, found, _turn })
    }

    /// Clears away what a session has had, once the record names the other one.
    pub(crate) async fn replaced_storage(&self, replacement: Replacement) {
        if let Some(before) = replacement.found {
            self.discard_image(&before.value.name).await;
        }
    }
}
