//! Taking up where an earlier process left off.

use std::collections::HashSet;
use std::time::Duration;

use fault::{Fault, Result};
use sandbox::{Keep, SnapshotName};
use store::{Batch, Entry, Expect, Key, KeyRange, StoreError, Write};

use crate::rows::{
    ENDPOINTS, Life, SESSIONS, SessionRow, VERSIONS, VersionRow, VersionState, endpoint_key, version_key,
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
        let snapshots = self.recover_sessions(&versions).await?;
        let ready = versions.iter().map(|entry| &entry.value).filter(|row| row.state == VersionState::Ready);
        let templates: Vec<_> = ready.map(|row| template_name(&row.runtime, row.number)).collect();
        let mut layers: Vec<_> = versions.iter().map(|entry| layer_name(&entry.value.code)).collect();
        layers.sort();
        layers.dedup();
        match self.0.engine.recover(&Keep { templates, layers, snapshots, ..Keep::default() }).await {
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

    /// Forgets sessions that ended long ago.
    pub(crate) async fn tidy_sessions(&self) -> Result<()> {
        let now = self.now();
        self.each_session(|entry| match &entry.value.life {
            Life::Ended { ended } if now.since(ended.at) > KEPT => {
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
        let versions: HashSet<&Key> = versions.iter().map(|version| &version.key).collect();
        let endpoints = ENDPOINTS.list(self.store(), &KeyRange::all(), usize::MAX).await?;
        let endpoints: HashSet<Key> = endpoints.into_iter().map(|endpoint| endpoint.key).collect();
        let mut snapshots = Vec::new();
        self.each_session(|entry| {
            let reason = match &entry.value.life {
                Life::Ended { .. } => return None,
                Life::Live {} => "the server was restarted",
                Life::Suspended { suspended } => match SessionKey::of_row(&entry.key) {
                    Some(key)
                        if !endpoints.contains(&endpoint_key(&key.account, &key.runtime, &key.endpoint)) =>
                    {
                        "its endpoint was deleted"
                    }
                    Some(key)
                        if !versions.contains(&version_key(
                            &key.account,
                            &key.runtime,
                            entry.value.version,
                        )) =>
                    {
                        "its version was deleted"
                    }
                    Some(_) => {
                        snapshots.push(suspended.snapshot.clone());
                        self.0.sessions.deadlines.insert(entry.key.clone(), suspended, now);
                        return None;
                    }
                    None => "its record could not be read",
                },
            };
            let row = entry.value.ended(now, reason.to_owned());
            Some(SESSIONS.put(entry.key.clone(), &row, Expect::At(entry.revision)))
        })
        .await?;
        Ok(snapshots)
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
