//! Session storage: a disk that belongs to a session's id and outlives the session.
//!
//! ```text
//!            start: unpacked, unless the image is still here
//!  blob ─────────────────────────────────────────────────────▶ image ◀──▶ sandbox
//!       ◀─────────────────────────────────────────────────────
//!            end: packed; once the row names the blob, the image goes
//! ```
//!
//! An image on this machine is never older than the blob, so whoever finds one takes it: after a crash nothing is lost.
//! Another version of the agent, or two weeks without use, and it begins empty, under another name. Under another name,
//! too, comes what a checkpoint has of a storage: who names a storage in a record has all of it.

mod bring;
mod forget;
mod pack;
mod packed;
mod replace;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use fault::{Fault, Kind, Result};
use ids::AgentVersion;
use sandbox::{SandboxError, StorageName};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::{Digest, Entry, Expect, Key, Space, Table, Write, claims};
use tokio::sync::OwnedMutexGuard;

pub(crate) use replace::Replacement;

use crate::service::Runtime;
use crate::sessions::SessionKey;

/// Storages by account, runtime, endpoint and session id.
pub(crate) const STORAGES: Table<StorageRow> = Table::new(Space::new("agent-runtime-session-storages"));
/// How much one holds.
pub(crate) const SIZE_MIB: u32 = 1024;
/// How long one is kept that is not used.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);
/// How the claims of storages begin.
const CLAIMANTS: &str = "agent-runtime-session-storage";

/// What is known of a session's storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StorageRow {
    /// The engine's name for it. One that begins empty has a new one.
    pub(crate) name: StorageName,
    /// The version that wrote it.
    pub(crate) version: AgentVersion,
    /// When a session that has it last began or ended.
    pub(crate) used_at: Timestamp,
    /// What was in it when a session last ended.
    pub(crate) blob: Option<Digest>,
}

impl StorageRow {
    /// Whether a session of this version finds in it what an earlier one left.
    fn serves(&self, version: AgentVersion, now: Timestamp) -> bool {
        self.version == version && now.since(self.used_at) <= KEPT
    }

    /// The writes that put it in the place of what was found.
    fn writes(&self, key: &Key, found: Option<&Entry<Self>>) -> Vec<Write> {
        let expect = found.map_or(Expect::Absent, |entry| Expect::At(entry.revision));
        let replaced = found.filter(|entry| entry.value.name != self.name);
        let released = replaced.and_then(|entry| entry.value.release(&entry.key));
        std::iter::once(STORAGES.put(key.clone(), self, expect)).chain(released).collect()
    }

    /// The write that gives back its blob, if it has one.
    fn release(&self, key: &Key) -> Option<Write> {
        self.blob.as_ref().map(|blob| claims::release(blob, &claimant(key)))
    }
}

/// Who claims the blob of the storage whose row has this key.
fn claimant(key: &Key) -> Vec<&str> {
    std::iter::once(CLAIMANTS).chain(key.segments()).collect()
}

/// Lets one at a time move a session's storage.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<SessionKey, Weak<tokio::sync::Mutex<()>>>>);

impl Turns {
    /// Waits for a turn, which lasts as long as what is returned.
    async fn turn(&self, key: &SessionKey) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().expect("no holder of the turns' lock panics");
            turns.retain(|_, turn| turn.strong_count() > 0);
            let found = turns.get(key).and_then(Weak::upgrade);
            found.unwrap_or_else(|| {
                let turn = Arc::default();
                turns.insert(key.clone(), Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}

impl Runtime {
    /// The storage of a session of this version that has begun before.
    pub(crate) async fn storage_of(
        &self,
        key: &SessionKey,
        version: AgentVersion,
    ) -> Result<Option<StorageName>> {
        let found = STORAGES.get(self.store(), &key.row()).await?;
        Ok(found.filter(|entry| entry.value.version == version).map(|entry| entry.value.name))
    }

    /// Removes the image of a storage, which nobody needs any more. The next start does it otherwise.
    pub(crate) async fn discard_image(&self, storage: &StorageName) {
        if let Err(error) = self.0.engine.discard_storage(storage).await {
            let error: &(dyn std::error::Error + 'static) = &error;
            tracing::warn!(error, %storage, "the image of a storage could not be removed");
        }
    }

    fn new_storage(&self) -> StorageName {
        StorageName::parse(&self.0.rng.uuid()).expect("a UUID is a plain name")
    }
}

fn engine_fault(error: SandboxError) -> Fault {
    match error {
        SandboxError::DiskFull => disk_full(),
        error => Fault::internal(error),
    }
}

fn file_fault(error: io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => disk_full().because(error),
        _ => Fault::internal(error),
    }
}

fn disk_full() -> Fault {
    Fault::new(Kind::Unavailable, "The server's disk is full: no session storage fits on it.")
}
