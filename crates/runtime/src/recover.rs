//! Taking up where an earlier process left off.

use std::time::Duration;

use fault::{Fault, Result};
use sandbox::LayerName;
use store::{Batch, Expect, KeyRange};

use crate::rows::{SESSIONS, SessionEnd, SessionRow, VERSIONS, VersionState};
use crate::service::Runtime;
use crate::versions::template_name;

/// How long the record of a session that has ended is kept.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

impl Runtime {
    /// Brings records and machine into agreement: nothing runs, and nothing lies about, that no record asks for.
    pub(crate) async fn recover(&self) -> Result<()> {
        self.empty_work_directory().await?;
        self.end_sessions().await?;
        let versions = VERSIONS.list(self.store(), &KeyRange::all(), usize::MAX).await?;
        let ready = versions.iter().map(|entry| &entry.value).filter(|row| row.state == VersionState::Ready);
        let templates: Vec<_> = ready.map(|row| template_name(&row.runtime, row.number)).collect();
        let mut layers: Vec<_> = versions
            .iter()
            .filter_map(|entry| LayerName::parse(&format!("code-{}", entry.value.code)))
            .collect();
        layers.sort();
        layers.dedup();
        match self.0.engine.recover(&templates, &layers).await {
            Ok(recovered) => tracing::info!(
                ended = recovered.ended.len(),
                removed = recovered.removed,
                templates = recovered.templates.len(),
                "sandboxes recovered"
            ),
            // Records can be kept without sandboxes: creating and invoking will say what is missing.
            Err(sandbox::SandboxError::NotInstalled(what)) => {
                tracing::warn!(what, "no sandboxes can be started")
            }
            Err(error) => return Err(Fault::internal(error)),
        }
        Ok(())
    }

    async fn empty_work_directory(&self) -> Result<()> {
        let directory = &self.0.options.work_directory;
        match tokio::fs::remove_dir_all(directory).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Fault::internal(error)),
            _ => tokio::fs::create_dir_all(directory).await.map_err(Fault::internal),
        }
    }

    /// Sessions of the earlier process have ended with it; what ended long ago is forgotten.
    async fn end_sessions(&self) -> Result<()> {
        let now = self.now();
        let mut batch = Batch::new();
        for session in SESSIONS.list(self.store(), &KeyRange::all(), usize::MAX).await? {
            match &session.value.ended {
                None => {
                    let ended = Some(SessionEnd { at: now, reason: "the server was restarted".to_owned() });
                    let row = SessionRow { ended, ..session.value };
                    batch = batch.and(SESSIONS.put(session.key, &row, Expect::At(session.revision)));
                }
                Some(end) if now.since(end.at) > KEPT => {
                    batch = batch.and(SESSIONS.delete(session.key, Expect::Any));
                }
                Some(_) => {}
            }
        }
        if !batch.writes().is_empty() {
            self.store().commit(batch).await?;
        }
        Ok(())
    }
}
