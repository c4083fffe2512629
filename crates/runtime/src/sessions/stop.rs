//! Stopping a session at its owner's wish.

use fault::{Fault, Result};

use store::Batch;
use store::idempotency::ClientToken;

use super::SessionKey;
use crate::rows::SESSIONS;
use crate::service::Runtime;

impl Runtime {
    /// Ends the session and waits until nothing of it is left. Ending one that has ended is no error; one that
    /// never was is not found.
    ///
    /// A repetition under the same token leaves alone what was opened under the session's id since.
    pub async fn stop_session(&self, key: &SessionKey, token: Option<&ClientToken>) -> Result<()> {
        if self.first::<()>(token).await?.is_some() {
            return Ok(());
        }
        self.end_session(key).await?;
        self.commit_first(token, Batch::new(), ()).await
    }

    async fn end_session(&self, key: &SessionKey) -> Result<()> {
        if let Some(session) = self.0.sessions.find(key) {
            session.stop("its owner stopped it".to_owned()).await;
            return Ok(());
        }
        self.agent(&key.account, &key.runtime).await?;
        self.endpoint(&key.account, &key.runtime, &key.endpoint).await?;
        match SESSIONS.get(self.store(), &key.row()).await? {
            Some(_) => Ok(()),
            None => Err(Fault::not_found(format!("There is no session {}.", key.id))),
        }
    }
}
