//! Deleting checkpoints.

use fault::Result;
use ids::CheckpointName;
use store::{Batch, Expect, KeyRange, StoreError};

use super::{checkpoint_key, no_checkpoint};
use crate::rows::{CHECKPOINTS, CheckpointRow};
use crate::service::Runtime;
use crate::sessions::SessionKey;

impl Runtime {
    /// Removes a checkpoint. Sessions that were forked from it go on.
    pub async fn delete_checkpoint(&self, session: &SessionKey, name: &CheckpointName) -> Result<()> {
        self.known_endpoint(session).await?;
        let found = CHECKPOINTS.get(self.store(), &checkpoint_key(session, name)).await?;
        let found = found.ok_or_else(|| no_checkpoint(session, name))?;
        let batch = Batch::new().and(CHECKPOINTS.delete(found.key, Expect::At(found.revision)));
        match self.store().commit(batch).await {
            Ok(_) => self.discard_snapshot(&found.value.snapshot).await,
            // A checkpoint is never changed: somebody else has deleted it.
            Err(StoreError::Conflict { .. }) => return Err(no_checkpoint(session, name)),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Removes the checkpoints below a prefix that are `meant`.
    pub(crate) async fn drop_checkpoints(
        &self,
        below: &KeyRange,
        meant: impl Fn(&CheckpointRow) -> bool,
    ) -> Result<()> {
        for row in CHECKPOINTS.list(self.store(), below, usize::MAX).await? {
            if meant(&row.value) {
                self.store().commit(Batch::new().and(CHECKPOINTS.delete(row.key, Expect::Any))).await?;
                self.discard_snapshot(&row.value.snapshot).await;
            }
        }
        Ok(())
    }
}
