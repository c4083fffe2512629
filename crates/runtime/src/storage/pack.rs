//! From a sandbox to a blob.

use std::path::PathBuf;

use fault::{Fault, Result};
use stdx::ByteStream;
use store::{Batch, Digest, Expect, claims};
use tokio_util::io::ReaderStream;

use super::bring::remove;
use super::{STORAGES, StorageRow, claimant, engine_fault, file_fault, packed};
use crate::service::Runtime;
use crate::sessions::SessionKey;

impl Runtime {
    /// Puts away the storage of a session that has ended, if it has one. After a failure it stays where it is, and
    /// the next session with this id takes it from there.
    pub(crate) async fn put_away_storage(&self, key: &SessionKey) {
        if let Err(fault) = self.try_put_away(key).await {
            let error: &(dyn std::error::Error + 'static) = &fault;
            tracing::warn!(session = %key.id, runtime = %key.runtime, error, "a session storage was not put away");
        }
    }

    async fn try_put_away(&self, key: &SessionKey) -> Result<()> {
        if STORAGES.get(self.store(), &key.row()).await?.is_none() {
            return Ok(());
        }
        let _turn = self.0.storages.turn(key).await;
        let Some(entry) = STORAGES.get(self.store(), &key.row()).await? else { return Ok(()) };
        let image = self.0.engine.storage_image(&entry.value.name).await.map_err(engine_fault)?;
        let Some(image) = image else { return Ok(()) };
        let blob = self.pack(image).await?;
        let mut batch = Batch::new();
        if entry.value.blob.as_ref() != Some(&blob) {
            batch = batch.with(entry.value.release(&entry.key));
        }
        let row = StorageRow { used_at: self.now(), blob: Some(blob.clone()), ..entry.value };
        let batch = batch
            .and(STORAGES.put(entry.key.clone(), &row, Expect::At(entry.revision)))
            .and(claims::claim(&blob, &claimant(&entry.key)));
        self.store().commit(batch).await?;
        self.discard_image(&row.name).await;
        Ok(())
    }

    async fn pack(&self, image: PathBuf) -> Result<Digest> {
        let path = self.0.options.work_directory.join(format!("packed-{}", self.0.rng.uuid()));
        let packed = {
            let path = path.clone();
            tokio::task::spawn_blocking(move || packed::pack(&image, &path)).await
        };
        let stored = match packed {
            Ok(Ok(())) => self.store_file(&path).await,
            Ok(Err(error)) => Err(file_fault(error)),
            Err(error) => Err(Fault::internal(error)),
        };
        remove(&path).await;
        stored
    }

    async fn store_file(&self, path: &std::path::Path) -> Result<Digest> {
        let file = tokio::fs::File::open(path).await.map_err(Fault::internal)?;
        let stored = self.0.blobs.put(ByteStream::new(ReaderStream::new(file))).await?;
        Ok(stored.digest)
    }
}
