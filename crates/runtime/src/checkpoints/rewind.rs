//! Rewinding: a session goes back to one of its checkpoints.

use fault::Result;
use ids::CheckpointName;

use super::Copied;
use crate::rows::SESSIONS;
use crate::service::Runtime;
use crate::sessions::{ATTEMPTS, SessionKey, SessionView, changing};

impl Runtime {
    /// Has the session go on from the checkpoint with its next request. What it has become since is given up; its
    /// lifetime begins anew.
    pub async fn rewind_session(
        &self,
        session: &SessionKey,
        checkpoint: &CheckpointName,
    ) -> Result<SessionView> {
        let copied = self.copy_checkpoint(session, checkpoint).await?;
        let placed = self.place_rewound(session, &copied).await;
        if placed.is_err() {
            self.discard_copy(&copied).await;
        }
        placed
    }

    async fn place_rewound(&self, session: &SessionKey, copied: &Copied) -> Result<SessionView> {
        for _ in 0..ATTEMPTS {
            if let Some(lives) = self.0.sessions.find(session) {
                lives.stop("it was rewound".to_owned()).await;
            }
            let found = SESSIONS.get(self.store(), &session.row()).await?;
            // Whoever opens it from here on finds that its record has changed. Whoever has done so before is there.
            if self.0.sessions.find(session).is_some() {
                continue;
            }
            let hostname = copied.checkpoint.value.hostname.clone();
            if let Some(view) = self.place(session, found, copied, hostname, false).await? {
                return Ok(view);
            }
        }
        Err(changing())
    }
}
