//! From a session's sandbox to a snapshot that its record names.

use std::sync::Arc;

use fault::{Fault, Kind};
use sandbox::{SandboxError, SnapshotName};
use stdx::BoxFuture;
use store::{Batch, Entry, Expect, StoreError};

use super::SessionKey;
use super::begin::Running;
use super::machine::Rest;
use super::restored::Restored;
use crate::rows::{Life, SESSIONS, SessionRow, Suspension, VersionRow};
use crate::service::Runtime;
use crate::versions::describe_ending;

/// What came of a suspension.
pub(super) enum Slept {
    /// The session is suspended, and this is its record.
    Asleep(Box<Entry<SessionRow>>),
    /// It runs on.
    Awake {
        /// The sandbox that it runs on in, if not the one it was in.
        instead: Option<Running>,
        /// Why it is not suspended.
        fault: Fault,
    },
    /// Its sandbox has ended, and why.
    Gone(String),
}

impl Runtime {
    /// Suspends the sandbox, then writes down that the session goes on in the snapshot.
    pub(super) fn put_to_sleep(
        &self,
        key: &SessionKey,
        version: &Arc<VersionRow>,
        running: &Running,
        entry: Entry<SessionRow>,
        rest: Rest,
    ) -> BoxFuture<'static, Slept> {
        let (runtime, key, version) = (self.clone(), key.clone(), Arc::clone(version));
        let (sandbox, hostname) = (Arc::clone(&running.sandbox), running.hostname.clone());
        Box::pin(async move {
            // Without its version it could not be resumed: it lives on in memory for as long as it may.
            if let Err(fault) = runtime.version(&key.account, &key.runtime, version.number).await {
                return Slept::Awake { instead: None, fault };
            }
            let snapshot = match sandbox.suspend(runtime.new_snapshot()).await {
                Ok(snapshot) => snapshot,
                Err(SandboxError::Ended(ending)) => return Slept::Gone(describe_ending(&ending)),
                Err(error) => return Slept::Awake { instead: None, fault: not_suspended(error) },
            };
            let suspended = Suspension {
                snapshot: snapshot.name,
                bytes: snapshot.size,
                hostname,
                at: runtime.now(),
                idle_since: rest.idle_since,
                expires_at: rest.expires_at,
                ends_at: rest.ends_at,
                forked: false,
            };
            let life = Life::Suspended { suspended: suspended.clone() };
            let row = SessionRow { life, ..entry.value };
            let batch = Batch::new().and(SESSIONS.put(entry.key.clone(), &row, Expect::At(entry.revision)));
            match runtime.store().commit(batch).await {
                Ok(revision) => {
                    tracing::info!(
                        session = %key.id, runtime = %key.runtime,
                        freeze = ?snapshot.freeze, bytes = suspended.bytes, "session suspended"
                    );
                    runtime.0.sessions.deadlines.insert(entry.key.clone(), &suspended, runtime.now());
                    Slept::Asleep(Box::new(Entry { key: entry.key, value: row, revision }))
                }
                Err(error) => runtime.wake_again(&key, &version, &row, &suspended, error).await,
            }
        })
    }

    /// The snapshot is there and its record is not: the session runs on from it, so that nothing is lost.
    async fn wake_again(
        &self,
        key: &SessionKey,
        version: &VersionRow,
        row: &SessionRow,
        suspended: &Suspension,
        error: StoreError,
    ) -> Slept {
        let slept = if let StoreError::Conflict { .. } = error {
            Slept::Gone("its record was changed by somebody else".to_owned())
        } else {
            let fault = Fault::from(error);
            match self.wake(key, row, suspended).await {
                Ok(running) => match self.check_restored(running, version, Restored::Resume).await {
                    Ok(running) => Slept::Awake { instead: Some(running), fault },
                    Err(fault) => Slept::Gone(fault.message().to_owned()),
                },
                Err(error) => Slept::Gone(format!("it could be neither suspended nor resumed: {error}")),
            }
        };
        self.discard_snapshot(&suspended.snapshot).await;
        slept
    }

    pub(crate) fn new_snapshot(&self) -> SnapshotName {
        SnapshotName::parse(&self.0.rng.uuid()).expect("a UUID is a plain name")
    }

    /// Removes a snapshot that no record names any more. Nothing is lost if that fails: the next start removes it.
    pub(crate) async fn discard_snapshot(&self, snapshot: &SnapshotName) {
        if let Err(error) = self.0.engine.discard_snapshot(snapshot).await {
            let error: &(dyn std::error::Error + 'static) = &error;
            tracing::warn!(error, %snapshot, "a snapshot could not be removed");
        }
    }
}

/// What those are told who wanted it suspended.
fn not_suspended(error: SandboxError) -> Fault {
    match error {
        SandboxError::DiskFull => Fault::new(
            Kind::Unavailable,
            "The server's disk is full: the session could not be suspended and runs on.",
        ),
        SandboxError::NotInstalled(what) => {
            Fault::new(Kind::Unavailable, format!("This server cannot suspend sandboxes: {what}"))
        }
        error => Fault::internal(error),
    }
}
