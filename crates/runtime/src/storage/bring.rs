//! From a blob to a sandbox.

use std::path::Path;

use fault::{Fault, Result};
use sandbox::StorageName;
use store::{Batch, Digest, Entry, StoreError};
use tokio::sync::OwnedMutexGuard;

use super::{STORAGES, StorageRow, engine_fault, file_fault, packed};
use crate::rows::VersionRow;
use crate::service::Runtime;
use crate::sessions::{SessionKey, changing};

/// A storage that a sandbox is about to take. Nobody else moves it meanwhile.
pub(crate) struct Brought {
    pub(crate) name: StorageName,
    _turn: OwnedMutexGuard<()>,
}

impl Runtime {
    /// Has the session's storage ready for a sandbox of this version, if the version asks for one.
    pub(crate) async fn bring_storage(
        &self,
        key: &SessionKey,
        version: &VersionRow,
    ) -> Result<Option<Brought>> {
        if version.spec.session_storage.is_none() {
            return Ok(None);
        }
        let _turn = self.0.storages.turn(key).await;
        let found = STORAGES.get(self.store(), &key.row()).await?;
        let now = self.now();
        let row = match &found {
            Some(entry) if entry.value.serves(version.number, now) => {
                StorageRow { used_at: now, ..entry.value.clone() }
            }
            _ => StorageRow { name: self.new_storage(), version: version.number, used_at: now, blob: None },
        };
        if let Some(blob) = &row.blob {
            self.unpack(&row.name, blob).await?;
        }
        self.write_down(key, found, &row).await?;
        Ok(Some(Brought { name: row.name, _turn }))
    }

    async fn write_down(
        &self,
        key: &SessionKey,
        found: Option<Entry<StorageRow>>,
        row: &StorageRow,
    ) -> Result<()> {
        let batch = Batch::new().with(row.writes(&key.row(), found.as_ref()));
        match self.store().commit(batch).await {
            Ok(_) => {}
            Err(StoreError::Conflict { .. }) => return Err(changing()),
            Err(error) => return Err(error.into()),
        }
        if let Some(entry) = found.filter(|entry| entry.value.name != row.name) {
            tracing::info!(session = %key.id, runtime = %key.runtime, "a session storage begins empty");
            self.discard_image(&entry.value.name).await;
        }
        Ok(())
    }

    /// Makes the image from the blob, unless it is here.
    async fn unpack(&self, name: &StorageName, blob: &Digest) -> Result<()> {
        if self.0.engine.storage_image(name).await.map_err(engine_fault)?.is_some() {
            return Ok(());
        }
        let packed = self.0.blobs.local_file(blob).await?;
        let image = self.0.options.work_directory.join(format!("storage-{}", self.0.rng.uuid()));
        let unpacked = {
            let image = image.clone();
            tokio::task::spawn_blocking(move || packed::unpack(&packed, &image)).await
        };
        let unpacked = match unpacked {
            Ok(Ok(())) => {
                self.0.engine.import_storage(name.clone(), image.clone()).await.map_err(engine_fault)
            }
            Ok(Err(error)) => Err(file_fault(error)),
            Err(error) => Err(Fault::internal(error)),
        };
        // The engine may have taken the file itself or a copy.
        remove(&image).await;
        unpacked
    }
}

/// Removes a file of ours. The next start does it otherwise.
pub(super) async fn remove(path: &Path) {
    // It may not have been made.
    let _ = tokio::fs::remove_file(path).await;
}
