//! The background task. It takes no input: whenever it is woken it looks at the records and does what they ask for,
//! so that a crash loses no work.

use std::collections::HashMap;
use std::time::Duration;

use fault::{Fault, Result};
use ids::{AccountId, AgentRuntimeId, AgentVersion};
use store::{Batch, Expect, Key, KeyRange};
use tokio::task::{AbortHandle, Id, JoinSet};

use crate::rows::{
    AGENT_NAMES, AGENTS, BUILDS, CHECKPOINTS, DELETIONS, ENDPOINTS, SESSIONS, TAGS, VERSIONS, agent_key,
    name_key,
};
use crate::service::Runtime;
use crate::tags::tags_key;

/// How long to wait after a failure of the store before looking again.
const PAUSE: Duration = Duration::from_secs(2);
/// How often the records of sessions are looked through for those to forget.
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// Builds under way, by the key of their version.
#[derive(Default)]
struct Builds {
    tasks: JoinSet<Result<()>>,
    handles: HashMap<Key, AbortHandle>,
}

impl Runtime {
    /// Runs until the service is shut down.
    pub(crate) async fn work(&self) {
        let mut builds = Builds::default();
        let mut tidied = self.now();
        loop {
            let deleted = self.finish_deletions(&mut builds).await.inspect_err(report).is_ok();
            let started = self.start_builds(&mut builds).await.inspect_err(report).is_ok();
            let mut well = deleted && started;
            if well {
                tokio::select! {
                    () = self.0.stopping.cancelled() => break,
                    () = self.0.work.notified() => {}
                    Some(done) = builds.tasks.join_next_with_id() => well = builds.done(done),
                    () = self.0.clock.sleep_until(tidied.plus(TIDY_EVERY)) => {
                        tidied = self.now();
                        well = self.tidy_sessions().await.inspect_err(report).is_ok()
                            && self.tidy_storages().await.inspect_err(report).is_ok();
                    }
                }
            }
            let pause = self.0.clock.sleep_until(self.now().plus(PAUSE));
            if !well && self.0.stopping.run_until_cancelled(pause).await.is_none() {
                break;
            }
        }
        builds.tasks.shutdown().await;
    }

    async fn start_builds(&self, builds: &mut Builds) -> Result<()> {
        let most = self.0.options.concurrent_builds;
        if builds.handles.len() >= most {
            return Ok(());
        }
        for row in BUILDS.list(self.store(), &KeyRange::all(), most + builds.handles.len()).await? {
            if builds.handles.len() >= most {
                break;
            }
            let Some((account, id, number)) = parse(&row.key) else {
                return Err(Fault::internal(format!("a build row has no valid key: {}", row.key)));
            };
            builds.handles.entry(row.key).or_insert_with(|| {
                let runtime = self.clone();
                builds.tasks.spawn(async move { runtime.build(&account, &id, number).await })
            });
        }
        Ok(())
    }

    async fn finish_deletions(&self, builds: &mut Builds) -> Result<()> {
        for row in DELETIONS.list(self.store(), &KeyRange::all(), usize::MAX).await? {
            let mut segments = row.key.segments();
            let (account, id) = (segments.next().unwrap_or(""), segments.next().unwrap_or(""));
            let (Ok(account), Ok(id)) = (AccountId::parse(account), AgentRuntimeId::parse(id)) else {
                return Err(Fault::internal(format!("a deletion row has no valid key: {}", row.key)));
            };
            builds.cancel(&account, &id).await;
            self.finish_deletion(&account, &id).await?;
        }
        Ok(())
    }

    /// Removes a runtime: first what runs, then its records in one batch, then its files.
    async fn finish_deletion(&self, account: &AccountId, id: &AgentRuntimeId) -> Result<()> {
        let sessions = self.0.sessions.of_runtime(account, id);
        crate::sessions::stop_each(sessions, "its agent runtime was deleted").await;
        let below = KeyRange::below([account.as_str(), id.as_str()]);
        let versions = VERSIONS.list(self.store(), &below, usize::MAX).await?;
        let endpoints = ENDPOINTS.list(self.store(), &below, usize::MAX).await?;
        let sessions = SESSIONS.list(self.store(), &below, usize::MAX).await?;
        let checkpoints = CHECKPOINTS.list(self.store(), &below, usize::MAX).await?;
        let arn = self.arn(account, id);
        let mut batch = Batch::new()
            .and(AGENTS.delete(agent_key(account, id), Expect::Any))
            .and(DELETIONS.delete(agent_key(account, id), Expect::Any))
            .and(TAGS.delete(tags_key(&arn), Expect::Any))
            .with(sessions.iter().map(|session| SESSIONS.delete(session.key.clone(), Expect::Any)))
            .with(checkpoints.iter().map(|row| CHECKPOINTS.delete(row.key.clone(), Expect::Any)));
        if let Some(agent) = AGENTS.get(self.store(), &agent_key(account, id)).await? {
            batch = batch.and(AGENT_NAMES.delete(name_key(account, &agent.value.name), Expect::Any));
        }
        for endpoint in endpoints {
            let arn = arn.with_endpoint(endpoint.value.name);
            batch = batch
                .and(ENDPOINTS.delete(endpoint.key, Expect::Any))
                .and(TAGS.delete(tags_key(&arn), Expect::Any));
        }
        for version in &versions {
            batch = batch.with(super::drop_version(account, &version.value));
        }
        self.store().commit(batch).await?;
        for session in &sessions {
            self.0.sessions.deadlines.remove(&session.key);
        }
        let suspended = sessions.iter().filter_map(|session| session.value.suspension());
        let snapshots = suspended.map(|suspended| &suspended.snapshot);
        for snapshot in snapshots.chain(checkpoints.iter().map(|checkpoint| &checkpoint.value.snapshot)) {
            self.discard_snapshot(snapshot).await;
        }
        self.drop_storages(&below).await?;
        for version in versions {
            self.discard_template(&version.value).await;
        }
        Ok(())
    }
}

impl Builds {
    /// Takes note of a build that is over; says whether it did what it should.
    fn done(&mut self, done: std::result::Result<(Id, Result<()>), tokio::task::JoinError>) -> bool {
        let id = match &done {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        self.handles.retain(|_, handle| handle.id() != id);
        match done {
            Ok((_, Ok(()))) => return true,
            Ok((_, Err(error))) => report(&error),
            Err(error) if error.is_cancelled() => return true,
            Err(error) => tracing::error!(%error, "a build panicked"),
        }
        false
    }

    /// Stops the builds of a runtime and waits until they have.
    async fn cancel(&mut self, account: &AccountId, id: &AgentRuntimeId) {
        let below = KeyRange::below([account.as_str(), id.as_str()]);
        let theirs = |handles: &HashMap<Key, AbortHandle>| handles.keys().any(|key| below.contains(key));
        self.handles.iter().filter(|(key, _)| below.contains(key)).for_each(|(_, handle)| handle.abort());
        while theirs(&self.handles) {
            let Some(done) = self.tasks.join_next_with_id().await else { break };
            self.done(done);
        }
    }
}

fn parse(key: &Key) -> Option<(AccountId, AgentRuntimeId, AgentVersion)> {
    let mut segments = key.segments();
    let account = AccountId::parse(segments.next()?).ok()?;
    let id = AgentRuntimeId::parse(segments.next()?).ok()?;
    let number = AgentVersion::parse(segments.next()?.trim_start_matches('0')).ok()?;
    Some((account, id, number))
}

fn report(error: &Fault) {
    tracing::error!(%error, source = error_source(error), "background work failed");
}

fn error_source(error: &Fault) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}
