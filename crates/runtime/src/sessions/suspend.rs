//! Suspending and resuming a session at its owner's wish.

use fault::{Fault, Kind, Result};
use store::Entry;

use super::driver::Opening;
use super::view::no_session;
use super::{ATTEMPTS, SessionKey, SessionView};
use crate::rows::{SESSIONS, SessionRow};
use crate::service::Runtime;

impl Runtime {
    /// Suspends the session and waits until it is. One that is busy is not suspended; one that is suspended already
    /// stays so.
    pub async fn suspend_session(&self, key: &SessionKey) -> Result<SessionView> {
        self.known_endpoint(key).await?;
        let entry = self.suspended_session(key).await?;
        Ok(self.view(key.clone(), entry))
    }

    /// Resumes the session and waits until it runs. One that runs already runs on; one that has ended does not begin
    /// anew.
    pub async fn resume_session(&self, key: &SessionKey) -> Result<SessionView> {
        self.known_endpoint(key).await?;
        for _ in 0..ATTEMPTS {
            let session = match self.0.sessions.find(key) {
                Some(session) => session,
                None => {
                    let entry = SESSIONS.get(self.store(), &key.row()).await?;
                    let entry = entry.ok_or_else(|| no_session(key))?;
                    let (found, version) = self.pinned(key, entry).await?;
                    let version = version.ok_or_else(|| has_ended(key))?;
                    self.open(key, false, Opening { key: key.clone(), version, found, user: None })?
                }
            };
            if let Some(entered) = session.enter(None).await {
                drop(entered?);
                session.settled().await;
                return self.session(key).await;
            }
        }
        Err(changing())
    }

    /// The record of the session, which is suspended by then.
    pub(crate) async fn suspended_session(&self, key: &SessionKey) -> Result<Entry<SessionRow>> {
        for _ in 0..ATTEMPTS {
            if let Some(session) = self.0.sessions.find(key)
                && let Some(refused) = session.suspend().await
            {
                return Err(refused);
            }
            let entry = SESSIONS.get(self.store(), &key.row()).await?.ok_or_else(|| no_session(key))?;
            if entry.value.suspension().is_some() {
                return Ok(entry);
            }
            if self.0.sessions.find(key).is_none() {
                return Err(has_ended(key));
            }
        }
        Err(changing())
    }
}

fn has_ended(key: &SessionKey) -> Fault {
    Fault::conflict(format!("The session {} has ended.", key.id))
}

pub(crate) fn changing() -> Fault {
    Fault::new(Kind::RetryableConflict, "The session is changing just now. Retry a moment later.")
}
