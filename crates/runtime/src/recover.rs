//! Taking up where an earlier process left off.

use std::collections::HashSet;
use std::time::Duration;

use fault::{Fault, Result};
use ids::AgentVersion;
use sandbox::{Keep, SnapshotName};
use store::{Batch, Entry, Expect, Key, KeyRange, StoreError, Write};

use crate::rows::{
    CHECKPOINTS, ENDPOINTS, Life, SESSIONS, SessionRow, VERSIONS, VersionRow, VersionState, endpoint_key,
    version_key,
};
use crate::service::Runtime;
use crate::sessions::SessionKey;
use crate::versions::{layer_name, template_name};

/// How long the record of a session that has ended is kept.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);
/// How many of them are looked at in one go.
const PAGE: usize = 1000;

impl Runtime {
    /// Brings records and machine into agreement: nothing runs, and nothing lies about, that no record asks for.
    pub(crate) async fn recover(&self) -> Result<()> {
        self.empty_work_directory().await?;
        self.tidy_sessions().await?;
        let versions = VERSIONS.list(self.store(), &KeyRange::all(), usize::MAX).await?;
        let mut snapshots = self.recover_sessions(&versions).await?;
        snapshots.extend(self.recover_checkpoints(&versions).await?);
        let ground = self.ground(&versions).await?;
        let storages = self.recover_storages(|row| ground.bears(&row.key, row.value.version)).await?;
        let ready = versions.iter().map(|entry| &entry.value).filter(|row| row.state == VersionState::Ready);
        let templates: Vec<_> = ready.map(|row| template_name(&row.runtime, row.number)).collect();
        let mut layers: Vec<_> = versions.iter().map(|entry| layer_name(&entry.value.code)).collect();
        layers.sort();
        layers.dedup();
        match self.0.engine.recover(&Keep { templates, layers, snapshots, storages }).await {
            Ok(recovered) => tracing::info!(
                ended = recovered.ended.len(),
                removed = recovered.removed,
                templates = recovered.templates.len(),
                "sandboxes recovered"
            ),
            // Records can be kept without sandboxes: creating and invoking will say what is missing.
            Err(sandbox::SandboxError::NotInstalled(what)) => {
                tracing::warn!(what, "no sandboxes can be started");
            }
            Err(error) => return Err(Fault::internal(error)),
        }
        Ok(())
    }

    async fn empty_work_directory(&self) -> Result<()> {
        let directory = &self.0.options.work_directory;
        match tokio::fs::remove_dir_all(directory).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Fault::internal(error)),
            _ => tokio::fs::create_dir_all(directory).await.map_err(Fault::internal),
        }
    }

    /// Forgets sessions that ended long ago and of which no checkpoint is left.
    pub(crate) async fn tidy_sessions(&self) -> Result<()> {
        let now = self.now();
        let checkpoints = CHECKPOINTS.list(self.store(), &KeyRange::all(), usize::MAX).await?;
        let checkpoints = checkpoints.iter().filter_map(|row| SessionKey::of_row(&row.key));
        let wanted: HashSet<Key> = checkpoints.map(|session| session.row()).collect();
        self.each_session(|entry| match &entry.value.life {
            Life::Ended { ended } if now.since(ended.at) > KEPT && !wanted.contains(&entry.key) => {
                Some(SESSIONS.delete(entry.key.clone(), Expect::At(entry.revision)))
            }
            _ => None,
        })
        .await
    }

    /// Whatever lived did so in the earlier process and has ended with it; what is suspended is so still, if what it
    /// belongs to is there. Says which snapshots are wanted.
    async fn recover_sessions(&self, versions: &[Entry<VersionRow>]) -> Result<Vec<SnapshotName>> {
        let now = self.now();
        let ground = self.ground(versions).await?;
        let mut snapshots = Vec::new();
        self.each_session(|entry| {
            let reason = match &entry.value.life {
                Life::Ended { .. } => return None,
                Life::Live {} => "the server was restarted",
                Life::Suspended { .. } if !ground.bears(&entry.key, entry.value.version) => {
                    "what it belonged to was deleted"
                }
                Life::Suspended { suspended } => {
                    snapshots.push(suspended.snapshot.clone());
                    self.0.sessions.deadlines.insert(entry.key.clone(), suspended, now);
                    return None;
                }
            };
            let row = entry.value.ended(now, reason.to_owned());
            Some(SESSIONS.put(entry.key.clone(), &row, Expect::At(entry.revision)))
        })
        .await?;
        Ok(snapshots)
    }

    /// The snapshots of checkpoints. Those whose endpoint or version is gone are removed here.
    async fn recover_checkpoints(&self, versions: &[Entry<VersionRow>]) -> Result<Vec<SnapshotName>> {
        let ground = self.ground(versions).await?;
        let rows = CHECKPOINTS.list(self.store(), &KeyRange::all(), usize::MAX).await?;
        let (wanted, lost): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| ground.bears(&row.key, row.value.version));
        if !lost.is_empty() {
            let writes = lost.into_iter().map(|row| CHECKPOINTS.delete(row.key, Expect::Any));
            self.store().commit(Batch::new().with(writes)).await?;
        }
        Ok(wanted.into_iter().map(|row| row.value.snapshot).collect())
    }

    async fn ground(&self, versions: &[Entry<VersionRow>]) -> Result<Ground> {
        let endpoints = ENDPOINTS.list(self.store(), &KeyRange::all(), usize::MAX).await?;
        Ok(Ground {
            versions: versions.iter().map(|version| version.key.clone()).collect(),
            endpoints: endpoints.into_iter().map(|endpoint| endpoint.key).collect(),
        })
    }

    /// Goes through the records of all sessions and makes the writes that `look` wants.
    async fn each_session(&self, mut look: impl FnMut(&Entry<SessionRow>) -> Option<Write>) -> Result<()> {
        let mut range = KeyRange::all();
        loop {
            let page = SESSIONS.list(self.store(), &range, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            range = range.after(last.key.clone());
            let writes: Vec<Write> = page.iter().filter_map(&mut look).collect();
            if writes.is_empty() {
                continue;
            }
            match self.store().commit(Batch::new().with(writes)).await {
                // One of them lives again. The others can wait for the next time.
                Ok(_) | Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// What sessions and checkpoints stand on.
struct Ground {
    versions: HashSet<Key>,
    endpoints: HashSet<Key>,
}

impl Ground {
    /// Whether the endpoint and the version of what has this key are there.
    fn bears(&self, key: &Key, version: AgentVersion) -> bool {
        SessionKey::of_row(key).is_some_and(|SessionKey { account, runtime, endpoint, .. }| {
            self.endpoints.contains(&endpoint_key(&account, &runtime, &endpoint))
                && self.versions.contains(&version_key(&account, &runtime, version))
        })
    }
}
