//! Storages that nobody will use again.

use fault::Result;
use sandbox::StorageName;
use store::{Batch, Entry, Expect, KeyRange, StoreError};

use super::{KEPT, STORAGES, StorageRow};
use crate::service::Runtime;

impl Runtime {
    /// Forgets the storages that were not used for too long.
    pub(crate) async fn tidy_storages(&self) -> Result<()> {
        let now = self.now();
        self.forget_storages(&KeyRange::all(), |entry| now.since(entry.value.used_at) > KEPT).await
    }

    /// Forgets the storages below a prefix.
    pub(crate) async fn drop_storages(&self, below: &KeyRange) -> Result<()> {
        self.forget_storages(below, |_| true).await
    }

    /// Which images are wanted, after a start. Those that no row names are removed with everything that nobody
    /// asks for.
    pub(crate) async fn recover_storages(
        &self,
        wanted: impl Fn(&Entry<StorageRow>) -> bool,
    ) -> Result<Vec<StorageName>> {
        self.forget_storages(&KeyRange::all(), |entry| !wanted(entry)).await?;
        let rows = STORAGES.list(self.store(), &KeyRange::all(), usize::MAX).await?;
        Ok(rows.into_iter().map(|entry| entry.value.name).collect())
    }

    async fn forget_storages(
        &self,
        below: &KeyRange,
        meant: impl Fn(&Entry<StorageRow>) -> bool,
    ) -> Result<()> {
        for entry in STORAGES.list(self.store(), below, usize::MAX).await? {
            if !meant(&entry) {
                continue;
            }
            let batch = Batch::new()
                .and(STORAGES.delete(entry.key.clone(), Expect::At(entry.revision)))
                .with(entry.value.release(&entry.key));
            match self.store().commit(batch).await {
                Ok(_) => self.discard_image(&entry.value.name).await,
                // It is in use again.
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
