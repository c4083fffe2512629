//! Making a checkpoint.

use fault::{Fault, Kind, Result};
use ids::CheckpointName;
use sandbox::SandboxError;
use store::{Batch, Entry, Expect, KeyRange, StoreError};

use super::{CheckpointView, checkpoint_key, copy_fault, view};
use crate::rows::{CHECKPOINTS, CheckpointRow, SESSIONS, SessionRow};
use crate::service::Runtime;
use crate::sessions::{ATTEMPTS, SessionKey, changing};

impl Runtime {
    /// Keeps what the session is now under a name. A session that lives is suspended for that and resumed by its next
    /// request; one that is busy is left alone and refused.
    pub async fn create_checkpoint(
        &self,
        session: &SessionKey,
        name: CheckpointName,
    ) -> Result<CheckpointView> {
        self.known_endpoint(session).await?;
        for _ in 0..ATTEMPTS {
            self.room_for_checkpoint(session, &name).await?;
            let entry = self.suspended_session(session).await?;
            if let Some(row) = self.try_checkpoint(session, &name, &entry).await? {
                return Ok(view(session.clone(), name, &row));
            }
        }
        Err(changing())
    }

    async fn room_for_checkpoint(&self, session: &SessionKey, name: &CheckpointName) -> Result<()> {
        let most = self.0.options.max_checkpoints;
        let SessionKey { account, runtime, endpoint, id } = session;
        let below = KeyRange::below([account.as_str(), runtime.as_str(), endpoint.as_str(), id.as_str()]);
        let others = CHECKPOINTS.list(self.store(), &below, most).await?;
        if CHECKPOINTS.get(self.store(), &checkpoint_key(session, name)).await?.is_some() {
            return Err(Fault::conflict(format!(
                "The session has a checkpoint {name} already. Choose another name, or delete that one."
            )));
        }
        if others.len() >= most {
            return Err(Fault::new(
                Kind::QuotaExceeded,
                format!(
                    "The session has {most} checkpoints, the most that may be. Delete one, or raise the limit \
                     checkpoints-per-session."
                ),
            ));
        }
        Ok(())
    }

    /// `None` if the session has changed meanwhile: then nothing has happened.
    async fn try_checkpoint(
        &self,
        session: &SessionKey,
        name: &CheckpointName,
        entry: &Entry<SessionRow>,
    ) -> Result<Option<CheckpointRow>> {
        let Some(suspended) = entry.value.suspension() else { return Ok(None) };
        let version = entry.value.version;
        let stands = self.stands(session, version).await?;
        let copied = match self.0.engine.copy_snapshot(&suspended.snapshot, self.new_snapshot()).await {
            Ok(copied) => copied,
            Err(SandboxError::NoSnapshot { .. }) if !self.is_still(entry).await? => return Ok(None),
            Err(error) => return Err(copy_fault(error)),
        };
        let row = CheckpointRow {
            snapshot: copied.name,
            bytes: copied.size,
            hostname: suspended.hostname.clone(),
            version,
            created_at: self.now(),
        };
        // Writing the session's record anew, unchanged, lets only one checkpoint at a time take up room.
        let batch = Batch::new()
            .and(CHECKPOINTS.put(checkpoint_key(session, name), &row, Expect::Absent))
            .and(SESSIONS.put(entry.key.clone(), &entry.value, Expect::At(entry.revision)))
            .with(stands);
        let failed = match self.store().commit(batch).await {
            Ok(_) => return Ok(Some(row)),
            Err(StoreError::Conflict { .. }) => None,
            Err(error) => Some(error),
        };
        self.discard_snapshot(&row.snapshot).await;
        failed.map_or(Ok(None), |error| Err(error.into()))
    }

    async fn is_still(&self, entry: &Entry<SessionRow>) -> Result<bool> {
        let now = SESSIONS.get(self.store(), &entry.key).await?;
        Ok(now.is_some_and(|now| now.revision == entry.revision))
    }
}
