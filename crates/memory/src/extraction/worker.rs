//! The task that learns. It watches the sessions in which something is pending, and looks at each when it is due.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fault::{Kind, Result};
use stdx::Timestamp;
use tokio::task::{Id, JoinError, JoinSet};

use super::look::Left;
use super::trigger::Triggers;
use super::watch::{Looked, Watch};
use crate::events::SessionKey;
use crate::service::{Memory, report};

/// How long to wait after a failure before looking again.
const PAUSE: Duration = Duration::from_secs(2);
/// How often failed jobs are looked through for those whose time is over.
const SWEEP_EVERY: Duration = Duration::from_hours(24);
/// How many sessions are read at once at the start.
const STEP: usize = 1_000;

const FAILED: &str = "learning from a session failed";

/// Looks under way.
#[derive(Default)]
struct Looks {
    tasks: JoinSet<Result<Option<Left>>>,
    sessions: HashMap<Id, SessionKey>,
}

impl Memory {
    /// Runs until the service is shut down.
    pub(crate) async fn keep_learning(&self) {
        let (mut watch, mut looks) = (Watch::default(), Looks::default());
        while let Err(error) = self.watch_pending(&mut watch).await {
            report(&error, FAILED);
            let pause = self.0.clock.sleep_until(self.now().plus(PAUSE));
            if self.0.stopping.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
        let mut sweep = self.now();
        while !self.0.stopping.is_cancelled() {
            let well = self.forget_if_gone().await;
            if sweep <= self.now() {
                sweep = self.now().plus(SWEEP_EVERY);
                let swept = self.forget_old_jobs().await;
                swept.unwrap_or_else(|error| report(&error, "old jobs could not be removed"));
            }
            self.take_arrived(&mut watch).await;
            watch.wake(self.now());
            self.start_looks(&mut watch, &mut looks);
            let timer = async {
                let again = (!well).then(|| self.now().plus(PAUSE));
                let next = again.into_iter().chain(watch.next_due()).fold(sweep, Timestamp::min);
                self.0.clock.sleep_until(next).await;
            };
            tokio::select! {
                () = self.0.stopping.cancelled() => break,
                () = self.0.unextracted.notified() => {}
                () = timer => {}
                Some(done) = looks.tasks.join_next_with_id() => {
                    if let Some((session, looked)) = looks.done(done) {
                        watch.done(session, looked, self.now());
                    }
                }
            }
        }
        // A look that is cut off has written nothing, and is taken up at the next start.
        looks.tasks.shutdown().await;
    }

    /// Takes away what is kept for strategies that are gone. Returns whether that went well.
    async fn forget_if_gone(&self) -> bool {
        let changed = &self.0.extraction.changed;
        if !changed.swap(false, Ordering::AcqRel) {
            return true;
        }
        let forgotten = self.forget_gone().await.inspect_err(|error| report(error, FAILED));
        changed.fetch_or(forgotten.is_err(), Ordering::AcqRel);
        forgotten.is_ok()
    }

    /// Watches every session in which an earlier process left something.
    async fn watch_pending(&self, watch: &mut Watch) -> Result<()> {
        let mut after = None;
        loop {
            let sessions = self.pending_sessions(after.as_ref(), STEP).await?;
            let Some(last) = sessions.last().cloned() else { break };
            after = Some(last);
            for session in sessions {
                watch.at_once(session);
            }
        }
        for session in self.wanted_sessions().await? {
            watch.at_once(session);
        }
        Ok(())
    }

    async fn take_arrived(&self, watch: &mut Watch) {
        for (session, tally) in self.0.extraction.take() {
            if !watch.knows(&session) {
                let triggers = match self.definition(&session.account, &session.memory).await {
                    Ok(memory) => Triggers::earliest(&memory.strategies, &self.0.options),
                    Err(fault) if *fault.kind() == Kind::NotFound => continue,
                    Err(fault) => {
                        report(&fault, FAILED);
                        watch.at_once(session);
                        continue;
                    }
                };
                watch.begin(session.clone(), triggers);
            }
            watch.add(session, tally, self.now());
        }
    }

    fn start_looks(&self, watch: &mut Watch, looks: &mut Looks) {
        while looks.tasks.len() < self.0.options.concurrent_extractions
            && let Some(session) = watch.next()
        {
            let (memory, at) = (self.clone(), session.clone());
            let look = looks.tasks.spawn(async move { memory.look(&at).await });
            looks.sessions.insert(look.id(), session);
        }
    }
}

impl Looks {
    /// Which look is over, and what became of it.
    fn done(&mut self, done: Result<(Id, Result<Option<Left>>), JoinError>) -> Option<(SessionKey, Looked)> {
        let (id, looked) = match done {
            Ok((id, Ok(left))) => (id, Looked::Well(left)),
            Ok((id, Err(error))) => {
                report(&error, FAILED);
                (id, Looked::Badly)
            }
            Err(error) => {
                tracing::error!(%error, "a look at a session panicked");
                (error.id(), Looked::Badly)
            }
        };
        Some((self.sessions.remove(&id)?, looked))
    }
}
