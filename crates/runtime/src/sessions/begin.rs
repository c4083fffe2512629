//! From a session's record to its sandbox: a new one from the version's template, or the one that was suspended.

use std::sync::Arc;

use fault::{Fault, Kind, Result};
use sandbox::{Identity, Sandbox, SandboxError, SandboxId};
use stdx::{BoxFuture, Timestamp};
use store::{Batch, Entry, Expect, StoreError};

use super::SessionKey;
use super::restored::Restored;
use crate::metering::{MeterGuard, Metered, ReadMeter};
use crate::rows::{Life, SESSIONS, SessionRow, Suspension, VersionRow};
use crate::service::Runtime;
use crate::versions::{quote_log, template_name};

/// A sandbox of a session, and what must end with it.
pub(crate) struct Running {
    pub(super) sandbox: Arc<dyn Sandbox>,
    pub(super) hostname: String,
    /// Its bill is closed when this goes.
    _metered: Box<dyn MeterGuard>,
}

/// A session that runs.
pub(super) struct Begun {
    pub(super) running: Running,
    /// Its record, as it has just been written.
    pub(super) row: Entry<SessionRow>,
    /// When its life ends, if it began before this sandbox.
    pub(super) ends_at: Option<Timestamp>,
}

impl Runtime {
    /// Gets the session a sandbox and writes down that it lives, given its record as `found`. `None` if that has
    /// been changed by somebody else: then nothing has happened.
    pub(super) fn begin(
        &self,
        key: &SessionKey,
        version: Arc<VersionRow>,
        found: Option<Entry<SessionRow>>,
        user: Option<String>,
    ) -> BoxFuture<'static, Result<Option<Begun>>> {
        let (runtime, key) = (self.clone(), key.clone());
        Box::pin(async move {
            runtime.still_wanted(&key).await?;
            let suspended = found.as_ref().and_then(|entry| entry.value.suspension().cloned());
            match (found, suspended) {
                (Some(mut entry), Some(suspended)) => {
                    entry.value.user = entry.value.user.or(user);
                    runtime.resume(&key, &version, entry, suspended).await
                }
                (found, _) => {
                    let row = SessionRow::live(version.number, runtime.now(), user);
                    runtime.begin_anew(&key, &version, found, row).await
                }
            }
        })
    }

    /// Whoever removes a runtime or an endpoint first marks it, then stops the sessions in the table. This session is
    /// in the table by now, so either it is stopped or it sees the mark here: none outlives what it belongs to.
    async fn still_wanted(&self, key: &SessionKey) -> Result<()> {
        if self.agent(&key.account, &key.runtime).await?.value.deleting {
            return Err(super::going_away(key));
        }
        self.endpoint(&key.account, &key.runtime, &key.endpoint).await?;
        Ok(())
    }

    /// Starts a sandbox from the version's template and writes the session down, side by side.
    async fn begin_anew(
        &self,
        key: &SessionKey,
        version: &VersionRow,
        found: Option<Entry<SessionRow>>,
        row: SessionRow,
    ) -> Result<Option<Begun>> {
        let expect = found.map_or(Expect::Absent, |entry| Expect::At(entry.revision));
        let batch = Batch::new().and(SESSIONS.put(key.row(), &row, expect));
        let (started, recorded) = tokio::join!(self.start_sandbox(key, version), self.store().commit(batch));
        let entry = match recorded {
            Ok(revision) => Entry { key: key.row(), value: row, revision },
            Err(error) => {
                if let Ok((sandbox, _)) = started {
                    sandbox.stop().await;
                }
                return unless_conflict(error);
            }
        };
        let begun = match started {
            Ok((sandbox, hostname)) => {
                let running = self.running(key, &entry.value, sandbox, hostname);
                self.check_restored(running, version, Restored::Start).await
            }
            Err(fault) => Err(fault),
        };
        match begun {
            Ok(running) => Ok(Some(Begun { running, row: entry, ends_at: None })),
            Err(fault) => {
                self.record_end(&entry, fault.message().to_owned()).await;
                Err(fault)
            }
        }
    }

    async fn start_sandbox(
        &self,
        key: &SessionKey,
        version: &VersionRow,
    ) -> Result<(Arc<dyn Sandbox>, String)> {
        let template = template_name(&version.runtime, version.number);
        // Held until the sandbox has it.
        let storage = self.bring_storage(key, version).await?;
        let mut identity = self.new_identity(None);
        identity.storage = storage.as_ref().map(|storage| storage.name.clone());
        let hostname = identity.hostname.clone();
        let started = match self.0.engine.start(&template, identity.clone()).await {
            Err(SandboxError::NoTemplate { name, reason }) => {
                tracing::info!(template = %name, reason, "a template is made again");
                let remade = self.remake_template(&key.account, version).await;
                remade.map_err(|reason| Fault::new(Kind::RuntimeClient, reason))?;
                self.0.engine.start(&template, identity).await
            }
            started => started,
        };
        Ok((started.map_err(start_fault)?, hostname))
    }

    /// Has the session go on where it was suspended. Nobody is let in before its record says that it lives: a
    /// request that was answered is never forgotten by going back to the snapshot.
    async fn resume(
        &self,
        key: &SessionKey,
        version: &VersionRow,
        entry: Entry<SessionRow>,
        suspended: Suspension,
    ) -> Result<Option<Begun>> {
        let running = match self.wake(key, &entry.value, &suspended).await {
            Ok(running) => running,
            Err(SandboxError::NoSnapshot { reason, .. }) => {
                return self.restart(key, version, &entry, reason).await;
            }
            Err(error) => return Err(resume_fault(error)),
        };
        if self.0.stopping.is_cancelled() {
            running.sandbox.stop().await;
            return Err(Fault::new(Kind::Unavailable, "The server is shutting down."));
        }
        let why = if suspended.forked { Restored::Fork } else { Restored::Resume };
        let running = match self.check_restored(running, version, why).await {
            Ok(running) => running,
            Err(fault) => {
                self.end_asleep(&entry, fault.message()).await;
                return Err(fault);
            }
        };
        let row = SessionRow { life: Life::Live {}, ..entry.value };
        let batch = Batch::new().and(SESSIONS.put(entry.key.clone(), &row, Expect::At(entry.revision)));
        match self.store().commit(batch).await {
            Ok(revision) => {
                self.0.sessions.deadlines.remove(&entry.key);
                self.discard_snapshot(&suspended.snapshot).await;
                let row = Entry { key: entry.key, value: row, revision };
                Ok(Some(Begun { running, row, ends_at: Some(suspended.ends_at) }))
            }
            Err(error) => {
                running.sandbox.stop().await;
                unless_conflict(error)
            }
        }
    }

    /// A sandbox that goes on where the session was suspended.
    pub(super) async fn wake(
        &self,
        key: &SessionKey,
        row: &SessionRow,
        suspended: &Suspension,
    ) -> Result<Running, SandboxError> {
        let mut identity = self.new_identity(Some(&suspended.hostname));
        let storage = self.storage_of(key, row.version).await;
        identity.storage = storage.map_err(|fault| SandboxError::Failed {
            context: "looking for the session's storage".to_owned(),
            source: std::io::Error::other(fault),
        })?;
        let sandbox = self.0.engine.resume(&suspended.snapshot, identity).await?;
        Ok(self.running(key, row, sandbox, suspended.hostname.clone()))
    }

    /// The session's snapshot cannot be used: it begins anew, as a session does that AgentCore has stopped.
    async fn restart(
        &self,
        key: &SessionKey,
        version: &VersionRow,
        entry: &Entry<SessionRow>,
        reason: String,
    ) -> Result<Option<Begun>> {
        let ended = format!("it could not be resumed: {reason}");
        let Some(entry) = self.end_suspended(entry, ended).await? else { return Ok(None) };
        tracing::warn!(session = %key.id, runtime = %key.runtime, reason, "a session is restarted clean");
        let row = SessionRow::live(version.number, self.now(), entry.value.user.clone());
        let row = SessionRow { restarted: Some(reason), ..row };
        self.begin_anew(key, version, Some(entry), row).await
    }

    fn running(
        &self,
        key: &SessionKey,
        row: &SessionRow,
        sandbox: Arc<dyn Sandbox>,
        hostname: String,
    ) -> Running {
        let life = Metered {
            account: key.account.clone(),
            runtime: key.runtime.clone(),
            endpoint: key.endpoint.clone(),
            session: key.id.to_string(),
            user: row.user.clone(),
            sandbox: sandbox.id().to_string(),
            started_at: self.now(),
            resumed: row.suspension().is_some_and(|suspended| !suspended.forked),
        };
        let read: ReadMeter = {
            let sandbox = Arc::clone(&sandbox);
            Arc::new(move || sandbox.meter())
        };
        Running { hostname, _metered: self.0.metering.begin(life, read), sandbox }
    }

    fn new_identity(&self, hostname: Option<&str>) -> Identity {
        let id = SandboxId::parse(&self.0.rng.uuid()).expect("a UUID is a plain name");
        let hostname = hostname.map_or_else(|| id.to_string(), str::to_owned);
        Identity::new(id, hostname)
    }
}

/// That somebody else has changed a session's record means no failure.
fn unless_conflict<T>(error: StoreError) -> Result<Option<T>> {
    match error {
        StoreError::Conflict { .. } => Ok(None),
        error => Err(error.into()),
    }
}

/// What a caller is told when a session's sandbox does not start.
fn start_fault(error: SandboxError) -> Fault {
    match &error {
        SandboxError::ProgramFailed { log, .. } | SandboxError::NotReady { log, .. } => {
            Fault::new(Kind::RuntimeClient, format!("The agent did not start: {error}.{}", quote_log(log)))
        }
        SandboxError::DiskFull => {
            Fault::new(Kind::Unavailable, "The server's disk is full: no new session can start.")
        }
        SandboxError::NotInstalled(what) => {
            Fault::new(Kind::Unavailable, format!("This server cannot start sandboxes: {what}"))
        }
        _ => Fault::internal(error),
    }
}

/// What a caller is told when a session cannot be resumed just now. It is still suspended.
fn resume_fault(error: SandboxError) -> Fault {
    match error {
        SandboxError::DiskFull => Fault::new(
            Kind::Unavailable,
            "The server's disk is full: the session could not be resumed and is still suspended.",
        ),
        SandboxError::NotInstalled(_) => start_fault(error),
        error => Fault::new(
            Kind::RetryableConflict,
            "The session could not be resumed just now; it is still suspended. Retry a moment later.",
        )
        .because(error),
    }
}
