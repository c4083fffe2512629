//! Finding or opening the session that a request belongs to.

use std::sync::Arc;

use fault::{Fault, Kind, Result};
use store::Entry;

use super::driver::Opening;
use super::handle::{Lease, SessionHandle};
use super::{ATTEMPTS, SessionKey};
use crate::model::Status;
use crate::rows::{SESSIONS, SessionRow, VersionRow, VersionState};
use crate::service::Runtime;

impl Runtime {
    /// Takes a lease on the session, resuming it if it is suspended and opening it if it does not live.
    pub(crate) async fn enter_session(&self, key: &SessionKey, user: Option<&str>) -> Result<Lease> {
        self.0.rates.request(&key.account, &key.runtime, self.now())?;
        for _ in 0..ATTEMPTS {
            let session = match self.0.sessions.find(key) {
                Some(session) => session,
                None => self.open_session(key, user).await?,
            };
            if let Some(entered) = session.enter(user).await {
                return entered;
            }
        }
        Err(Fault::new(Kind::RetryableConflict, "The session ended while the request came in. Retry."))
    }

    async fn open_session(&self, key: &SessionKey, user: Option<&str>) -> Result<Arc<SessionHandle>> {
        let found = SESSIONS.get(self.store(), &key.row()).await?;
        let (found, pinned) = match found {
            Some(entry) => self.pinned(key, entry).await?,
            None => (None, None),
        };
        let new = pinned.is_none();
        let version = match pinned {
            Some(version) => version,
            None => self.version_to_run(key).await?,
        };
        self.open(key, new, Opening { key: key.clone(), version, found, user: user.map(str::to_owned) })
    }

    /// Opens the session if nobody else has meanwhile. Only a `new` one counts as such.
    pub(super) fn open(&self, key: &SessionKey, new: bool, opening: Opening) -> Result<Arc<SessionHandle>> {
        self.0.sessions.find_or_open(key, || {
            if self.0.stopping.is_cancelled() {
                return Err(Fault::new(Kind::Unavailable, "The server is shutting down."));
            }
            if new {
                self.0.rates.new_session(&key.account, &key.runtime, self.now())?;
            }
            Ok(SessionHandle::open(self, opening))
        })
    }

    /// The version that a suspended session goes on with. One whose time is over, or whose version is gone, is
    /// ended here; then there is none.
    pub(super) async fn pinned(
        &self,
        key: &SessionKey,
        entry: Entry<SessionRow>,
    ) -> Result<(Option<Entry<SessionRow>>, Option<VersionRow>)> {
        let Some(suspended) = entry.value.suspension() else { return Ok((Some(entry), None)) };
        let reason = if suspended.expires_at <= self.now() {
            "its time was over"
        } else {
            match self.version(&key.account, &key.runtime, entry.value.version).await {
                Ok(version) => return Ok((Some(entry), Some(version.value))),
                Err(fault) if *fault.kind() == Kind::NotFound => "its version was deleted",
                Err(fault) => return Err(fault),
            }
        };
        let ended = self.end_suspended(&entry, reason.to_owned()).await?;
        // Changed by somebody else: what is opened now finds out, and is opened again.
        Ok((Some(ended.unwrap_or(entry)), None))
    }

    /// The version that the endpoint starts sessions with now.
    async fn version_to_run(&self, key: &SessionKey) -> Result<VersionRow> {
        let agent = self.agent(&key.account, &key.runtime).await?.value;
        if agent.deleting {
            return Err(super::going_away(key));
        }
        let endpoint = self.endpoint(&key.account, &key.runtime, &key.endpoint).await?.value;
        let number = endpoint.live.unwrap_or(endpoint.target);
        let version = self.version(&key.account, &key.runtime, number).await?.value;
        match &version.state {
            VersionState::Ready => Ok(version),
            VersionState::Building => Err(Fault::new(
                Kind::RetryableConflict,
                format!("The agent runtime is {}. Wait until it is READY.", Status::Creating.as_str()),
            )),
            VersionState::Failed { reason } => Err(Fault::new(
                Kind::RuntimeClient,
                format!("The agent runtime could not be built, so it cannot be invoked. {reason}"),
            )),
        }
    }
}
