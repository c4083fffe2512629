//! Checkpoints: what a session was at one moment, memory and disk, under a name.
//!
//! A checkpoint is a copy of the snapshot of a suspended session, its storage included. From it a new session can be forked, as often as
//! wanted, and the session itself can be rewound to it; both are suspended then and go on with their next request.
//! A copy exists before any record names it, and goes after the last record that did: a crash in between leaves a
//! snapshot that nobody names, which the next start removes.

mod create;
mod delete;
mod fork;
mod list;
mod rewind;

use fault::{Fault, Kind, Result};
use ids::{AgentVersion, CheckpointName};
use sandbox::{SandboxError, Snapshot, StorageName};
use stdx::Timestamp;
use store::{Batch, Entry, Expect, Key, StoreError, Write};

use crate::rows::{
    AGENTS, CHECKPOINTS, CheckpointRow, ENDPOINTS, Life, SESSIONS, SessionRow, Suspension, VERSIONS,
    VersionRow, endpoint_key, version_key,
};
use crate::service::Runtime;
use crate::sessions::{SessionKey, SessionView};
use crate::storage::Replacement;

/// A checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckpointView {
    /// The session that it was made of.
    pub session: SessionKey,
    /// Its name.
    pub name: CheckpointName,
    /// When it was made.
    pub created_at: Timestamp,
    /// Bytes that it takes on disk.
    pub bytes: u64,
    /// The version that the session runs.
    pub version: AgentVersion,
}

/// A copy of a checkpoint that no record names yet.
struct Copied {
    snapshot: Snapshot,
    storage: Option<StorageName>,
    checkpoint: Entry<CheckpointRow>,
    version: VersionRow,
}

fn checkpoint_key(session: &SessionKey, name: &CheckpointName) -> Key {
    let SessionKey { account, runtime, endpoint, id } = session;
    Key::of([account.as_str(), runtime.as_str(), endpoint.as_str(), id.as_str(), name.as_str()])
}

fn view(session: SessionKey, name: CheckpointName, row: &CheckpointRow) -> CheckpointView {
    CheckpointView { session, name, created_at: row.created_at, bytes: row.bytes, version: row.version }
}

fn no_checkpoint(session: &SessionKey, name: &CheckpointName) -> Fault {
    Fault::not_found(format!("The session {} has no checkpoint {name}.", session.id))
}

fn copy_fault(error: SandboxError) -> Fault {
    match error {
        SandboxError::NoSnapshot { reason, .. } => {
            Fault::conflict(format!("It cannot be used any more: {reason}."))
        }
        SandboxError::DiskFull => Fault::new(Kind::Unavailable, "The server's disk is full."),
        error => Fault::internal(error),
    }
}

impl Runtime {
    async fn copy_checkpoint(&self, session: &SessionKey, name: &CheckpointName) -> Result<Copied> {
        self.known_endpoint(session).await?;
        let found = CHECKPOINTS.get(self.store(), &checkpoint_key(session, name)).await?;
        let checkpoint = found.ok_or_else(|| no_checkpoint(session, name))?;
        let version = self.version(&session.account, &session.runtime, checkpoint.value.version).await?.value;
        let copied = self.0.engine.copy_snapshot(&checkpoint.value.snapshot, self.new_snapshot()).await;
        let snapshot = copied.map_err(copy_fault)?;
        match self.restore_storage(&version, &snapshot.name).await {
            Ok(storage) => Ok(Copied { snapshot, storage, checkpoint, version }),
            Err(fault) => {
                self.discard_snapshot(&snapshot.name).await;
                Err(fault)
            }
        }
    }

    /// Removes a copy that no record has come to name.
    async fn discard_copy(&self, copied: &Copied) {
        self.discard_snapshot(&copied.snapshot.name).await;
        if let Some(storage) = &copied.storage {
            self.discard_image(storage).await;
        }
    }

    /// Has the session, whose record is `found` and which does not live, go on from the copy, suspended, with what that
    /// holds of a storage as its own. `None` if something has changed: then nothing has happened.
    async fn place(
        &self,
        key: &SessionKey,
        found: Option<Entry<SessionRow>>,
        copied: &Copied,
        hostname: String,
        forked: bool,
    ) -> Result<Option<SessionView>> {
        let now = self.now();
        let lifecycle = copied.version.spec.lifecycle;
        let ends_at = now.plus(lifecycle.lifetime);
        let suspended = Suspension {
            snapshot: copied.snapshot.name.clone(),
            bytes: copied.snapshot.size,
            hostname,
            at: now,
            idle_since: now,
            expires_at: now.plus(lifecycle.idle).min(ends_at),
            ends_at,
            forked,
        };
        let user = found.as_ref().filter(|_| !forked).and_then(|entry| entry.value.user.clone());
        let life = Life::Suspended { suspended: suspended.clone() };
        let row = SessionRow { life, ..SessionRow::live(copied.version.number, now, user) };
        let storage = match &copied.storage {
            Some(name) => Some(self.replace_storage(key, copied.version.number, name.clone()).await?),
            None => None,
        };
        let expect = found.as_ref().map_or(Expect::Absent, |entry| Expect::At(entry.revision));
        let checkpoint = &copied.checkpoint;
        let batch = Batch::new()
            .and(SESSIONS.put(key.row(), &row, expect))
            .and(CHECKPOINTS.check(checkpoint.key.clone(), Expect::At(checkpoint.revision)))
            .with(storage.iter().flat_map(Replacement::writes))
            .with(self.stands(key, copied.version.number).await?);
        let revision = match self.store().commit(batch).await {
            Ok(revision) => revision,
            Err(StoreError::Conflict { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        self.0.sessions.deadlines.insert(key.row(), &suspended, now);
        if let Some(before) = found.as_ref().and_then(|entry| entry.value.suspension()) {
            self.discard_snapshot(&before.snapshot).await;
        }
        if let Some(storage) = storage {
            self.replaced_storage(storage).await;
        }
        Ok(Some(self.view(key.clone(), Entry { key: key.row(), value: row, revision })))
    }

    /// Conditions that what the session belongs to stays: none outlives it.
    async fn stands(&self, key: &SessionKey, version: AgentVersion) -> Result<[Write; 3]> {
        let SessionKey { account, runtime, endpoint, .. } = key;
        let agent = self.lasting_agent(account, runtime).await?;
        Ok([
            AGENTS.check(agent.key, Expect::At(agent.revision)),
            ENDPOINTS.check(endpoint_key(account, runtime, endpoint), Expect::Present),
            VERSIONS.check(version_key(account, runtime, version), Expect::Present),
        ])
    }
}
