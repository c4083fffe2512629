//! Ending sessions: at their owner's wish, with what they belong to, and in the records.

use fault::{Fault, Kind, Result};
use store::idempotency::ClientToken;
use store::{Batch, Entry, Expect, KeyRange, StoreError};

use super::{ATTEMPTS, SessionKey};
use crate::rows::{Life, SESSIONS, SessionRow};
use crate::service::Runtime;

impl Runtime {
    /// Ends the session and waits until nothing of it is left. Ending one that has ended is no error; one that
    /// never was is not found.
    ///
    /// A repetition under the same token leaves alone what was opened under the session's id since.
    pub async fn stop_session(&self, key: &SessionKey, token: Option<&ClientToken>) -> Result<()> {
        if self.once().first::<()>(token).await?.is_some() {
            return Ok(());
        }
        self.end_session(key, "its owner stopped it").await?;
        self.once().commit(token, Batch::new(), ()).await
    }

    /// Ends the session, whether it lives or is suspended.
    pub(crate) async fn end_session(&self, key: &SessionKey, reason: &str) -> Result<()> {
        for _ in 0..ATTEMPTS {
            if let Some(session) = self.0.sessions.find(key) {
                session.stop(reason.to_owned()).await;
            } else {
                self.known_endpoint(key).await?;
            }
            match SESSIONS.get(self.store(), &key.row()).await? {
                Some(entry) if entry.value.suspension().is_none() => return Ok(()),
                Some(entry) => {
                    if self.end_suspended(&entry, reason.to_owned()).await?.is_some() {
                        return Ok(());
                    }
                }
                None => return Err(Fault::not_found(format!("There is no session {}.", key.id))),
            }
        }
        Err(Fault::new(Kind::RetryableConflict, "The session is being resumed. Retry a moment later."))
    }

    /// That the session's runtime and endpoint exist.
    pub(crate) async fn known_endpoint(&self, key: &SessionKey) -> Result<()> {
        self.agent(&key.account, &key.runtime).await?;
        self.endpoint(&key.account, &key.runtime, &key.endpoint).await?;
        Ok(())
    }

    /// Ends the suspended sessions below a prefix that are `meant`. Those that live have been stopped by the caller.
    pub(crate) async fn end_suspended_below(
        &self,
        below: &KeyRange,
        meant: impl Fn(&SessionRow) -> bool,
        reason: &str,
    ) -> Result<()> {
        for entry in SESSIONS.list(self.store(), below, usize::MAX).await? {
            if entry.value.suspension().is_some() && meant(&entry.value) {
                self.end_suspended(&entry, reason.to_owned()).await?;
            }
        }
        Ok(())
    }

    /// Writes down that a suspended session has ended, then removes its snapshot. `None` if the record has been
    /// changed by somebody else: then nothing has happened.
    pub(crate) async fn end_suspended(
        &self,
        entry: &Entry<SessionRow>,
        reason: String,
    ) -> Result<Option<Entry<SessionRow>>> {
        let row = entry.value.ended(self.now(), reason);
        let batch = Batch::new().and(SESSIONS.put(entry.key.clone(), &row, Expect::At(entry.revision)));
        let revision = match self.store().commit(batch).await {
            Ok(revision) => revision,
            Err(StoreError::Conflict { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        self.0.sessions.deadlines.remove(&entry.key);
        if let Some(suspended) = entry.value.suspension() {
            self.discard_snapshot(&suspended.snapshot).await;
        }
        if let Some(key) = SessionKey::of_row(&entry.key) {
            self.put_away_storage(&key).await;
        }
        if let Life::Ended { ended } = &row.life {
            tracing::info!(session = %entry.key, reason = ended.reason, "suspended session ended");
        }
        Ok(Some(Entry { key: entry.key.clone(), value: row, revision }))
    }

    /// The same for whoever can do nothing about a failure: the session is suspended then until its time is over.
    pub(super) async fn end_asleep(&self, entry: &Entry<SessionRow>, reason: &str) {
        if let Err(error) = self.end_suspended(entry, reason.to_owned()).await {
            tracing::warn!(%error, session = %entry.key, "a session's end was not recorded");
        }
    }

    /// Writes down that a session has ended. A store that fails here loses a remark, nothing else: the next start
    /// writes it.
    pub(super) async fn record_end(&self, entry: &Entry<SessionRow>, reason: String) {
        tracing::info!(session = %entry.key, reason, "session ended");
        let row = entry.value.ended(self.now(), reason);
        let batch = Batch::new().and(SESSIONS.put(entry.key.clone(), &row, Expect::At(entry.revision)));
        if let Err(error) = self.store().commit(batch).await {
            tracing::warn!(%error, session = %entry.key, "a session's end was not recorded");
        }
    }
}
