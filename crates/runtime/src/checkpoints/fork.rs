//! Forking: a new session that goes on from another one's checkpoint.

use fault::{Fault, Result};
use ids::{CheckpointName, RuntimeSessionId};

use super::Copied;
use crate::rows::{Life, SESSIONS};
use crate::service::Runtime;
use crate::sessions::{ATTEMPTS, SessionKey, SessionView, changing};

impl Runtime {
    /// Makes a new session that goes on from the checkpoint with its next request. Its id must not be in use; its
    /// lifetime begins now.
    pub async fn fork_session(
        &self,
        session: &SessionKey,
        checkpoint: &CheckpointName,
        new: RuntimeSessionId,
    ) -> Result<SessionView> {
        let fork = SessionKey { id: new, ..session.clone() };
        let copied = self.copy_checkpoint(session, checkpoint).await?;
        let placed = self.place_fork(&fork, &copied).await;
        if placed.is_err() {
            self.discard_copy(&copied).await;
        }
        placed
    }

    async fn place_fork(&self, fork: &SessionKey, copied: &Copied) -> Result<SessionView> {
        for _ in 0..ATTEMPTS {
            let found = SESSIONS.get(self.store(), &fork.row()).await?;
            let ended = |life: &Life| matches!(life, Life::Ended { .. });
            let lives = found.as_ref().is_some_and(|entry| !ended(&entry.value.life));
            if lives || self.0.sessions.find(fork).is_some() {
                return Err(Fault::conflict(format!(
                    "The session id {} is in use. Choose another one, or stop that session first.",
                    fork.id
                )));
            }
            // A machine that is known by another name is a clone, and knows it.
            let hostname = self.0.rng.uuid();
            if let Some(view) = self.place(fork, found, copied, hostname, true).await? {
                return Ok(view);
            }
        }
        Err(changing())
    }
}
