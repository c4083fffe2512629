//! Taking up where an earlier process left off.

use std::time::Duration;

use fault::{Fault, Result};
use sandbox::Keep;
use stdx::Timestamp;
use store::{Batch, Entry, Expect, KeyRange, StoreError, Write};

use crate::rows::{SESSIONS, SessionEnd, SessionRow, VERSIONS, VersionState};
use crate::service::Runtime;
use crate::versions::{layer_name, template_name};

/// How long the record of a session that has ended is kept.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);
/// How many of them are looked at in one go.
const PAGE: usize = 1000;

impl Runtime {
    /// Brings records and machine into agreement: nothing runs, and nothing lies about, that no record asks for.
    pub(crate) async fn recover(&self) -> Result<()> {
        self.empty_work_directory().await?;
        self.tidy_sessions(true).await?;
        let versions = VERSIONS.list(self.store(), &KeyRange::all(), usize::MAX).await?;
        let ready = versions.iter().map(|entry| &entry.value).filter(|row| row.state == VersionState::Ready);
        let templates: Vec<_> = ready.map(|row| template_name(&row.runtime, row.number)).collect();
        let mut layers: Vec<_> = versions.iter().map(|entry| layer_name(&entry.value.code)).collect();
        layers.sort();
        layers.dedup();
        match self.0.engine.recover(&Keep { templates, layers, ..Keep::default() }).await {
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

    /// Forgets sessions that ended long ago. With `restarted`, whatever had not ended did so with the earlier process.
    pub(crate) async fn tidy_sessions(&self, restarted: bool) -> Result<()> {
        let now = self.now();
        let mut range = KeyRange::all();
        loop {
            let page = SESSIONS.list(self.store(), &range, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            range = range.after(last.key.clone());
            let writes: Vec<Write> = page.into_iter().filter_map(|row| tidy(row, restarted, now)).collect();
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

fn tidy(session: Entry<SessionRow>, restarted: bool, now: Timestamp) -> Option<Write> {
    let Entry { key, value, revision } = session;
    match &value.ended {
        None if restarted => {
            let ended = Some(SessionEnd { at: now, reason: "the server was restarted".to_owned() });
            Some(SESSIONS.put(key, &SessionRow { ended, ..value }, Expect::At(revision)))
        }
        Some(end) if now.since(end.at) > KEPT => Some(SESSIONS.delete(key, Expect::At(revision))),
        _ => None,
    }
}
