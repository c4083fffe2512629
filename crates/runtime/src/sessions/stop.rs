//! Stopping a session at its owner's wish.

use fault::{Fault, Result};

use super::SessionKey;
use crate::rows::SESSIONS;
use crate::service::Runtime;

impl Runtime {
    /// Ends the session and waits until nothing of it is left. Ending one that has ended is no error; one that
    /// never was is not found.
    pub async fn stop_session(&self, key: &SessionKey) -> Result<()> {
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
