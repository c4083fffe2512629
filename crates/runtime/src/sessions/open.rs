//! Finding or opening the session that a request belongs to.

use std::sync::Arc;

use fault::{Fault, Kind, Result};
use sandbox::{Identity, Sandbox, SandboxError, SandboxId};
use stdx::BoxFuture;
use store::{Batch, Expect};

use super::SessionKey;
use super::driver::{Lease, SessionHandle};
use crate::model::Status;
use crate::rows::{SESSIONS, SessionEnd, SessionRow, VersionRow, VersionState};
use crate::service::Runtime;
use crate::versions::{quote_log, template_name};

/// How often a request follows a session that ends under its hands.
const ATTEMPTS: usize = 3;

impl Runtime {
    /// Takes a lease on the session, opening it if it does not live.
    pub(crate) async fn enter_session(&self, key: &SessionKey) -> Result<Lease> {
        self.0.rates.request(&key.account, &key.runtime, self.now())?;
        for _ in 0..ATTEMPTS {
            let session = match self.0.sessions.find(key) {
                Some(session) => session,
                None => self.open_session(key).await?,
            };
            if let Some(entered) = session.enter().await {
                return entered;
            }
        }
        Err(Fault::new(Kind::RetryableConflict, "The session ended while the request came in. Retry."))
    }

    async fn open_session(&self, key: &SessionKey) -> Result<Arc<SessionHandle>> {
        let version = self.version_to_run(key).await?;
        self.0.sessions.find_or_open(key, || {
            if self.0.stopping.is_cancelled() {
                return Err(Fault::new(Kind::Unavailable, "The server is shutting down."));
            }
            self.0.rates.new_session(&key.account, &key.runtime, self.now())?;
            Ok(SessionHandle::open(self, key.clone(), version))
        })
    }

    /// The version that the endpoint starts sessions with now.
    async fn version_to_run(&self, key: &SessionKey) -> Result<VersionRow> {
        let agent = self.agent(&key.account, &key.runtime).await?.value;
        if agent.deleting {
            return Err(going_away(key));
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

    /// Starts a sandbox for the session and writes the session down, side by side.
    pub(super) fn start_sandbox(
        &self,
        key: &SessionKey,
        version: Arc<VersionRow>,
    ) -> BoxFuture<'static, Result<Arc<dyn Sandbox>>> {
        let (runtime, key) = (self.clone(), key.clone());
        Box::pin(async move {
            runtime.still_wanted(&key).await?;
            let row = SessionRow { version: version.number, started_at: runtime.now(), ended: None };
            let record = Batch::new().and(SESSIONS.put(key.row(), &row, Expect::Any));
            let (started, recorded) =
                tokio::join!(runtime.restore(&key, &version), runtime.store().commit(record));
            let sandbox = started?;
            if let Err(error) = recorded {
                sandbox.stop().await;
                return Err(error.into());
            }
            Ok(sandbox)
        })
    }

    /// Whoever removes a runtime or an endpoint first marks it, then stops the sessions in the table. This session is
    /// in the table by now, so either it is stopped or it sees the mark here: none outlives what it belongs to.
    async fn still_wanted(&self, key: &SessionKey) -> Result<()> {
        if self.agent(&key.account, &key.runtime).await?.value.deleting {
            return Err(going_away(key));
        }
        self.endpoint(&key.account, &key.runtime, &key.endpoint).await?;
        Ok(())
    }

    async fn restore(&self, key: &SessionKey, version: &VersionRow) -> Result<Arc<dyn Sandbox>> {
        let template = template_name(&version.runtime, version.number);
        let started = self.0.engine.start(&template, self.new_identity()).await;
        let started = match started {
            Err(SandboxError::NoTemplate { name, reason }) => {
                tracing::info!(template = %name, reason, "a template is made again");
                let remade = self.remake_template(&key.account, version).await;
                remade.map_err(|reason| Fault::new(Kind::RuntimeClient, reason))?;
                self.0.engine.start(&template, self.new_identity()).await
            }
            started => started,
        };
        started.map_err(start_fault)
    }

    fn new_identity(&self) -> Identity {
        let id = SandboxId::parse(&self.0.rng.uuid()).expect("a UUID is a plain name");
        Identity::new(id.clone(), id.to_string())
    }

    /// Writes down that a session has ended. A store that fails here loses a remark, nothing else: the next start
    /// writes it.
    pub(super) async fn record_end(&self, key: &SessionKey, version: &VersionRow, reason: String) {
        let Ok(Some(found)) = SESSIONS.get(self.store(), &key.row()).await else { return };
        let ended = Some(SessionEnd { at: self.now(), reason });
        let row = SessionRow { version: version.number, ended, ..found.value };
        let batch = Batch::new().and(SESSIONS.put(key.row(), &row, Expect::At(found.revision)));
        if let Err(error) = self.store().commit(batch).await {
            tracing::warn!(%error, session = %key.id, "a session's end was not recorded");
        }
    }
}

fn going_away(key: &SessionKey) -> Fault {
    Fault::not_found(format!("The agent runtime {} is being deleted.", key.runtime))
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
