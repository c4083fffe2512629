//! The task that learns. It watches the sessions in which something is pending, and looks at each when it is due.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::time::Duration;

use fault::{Kind, Result};
use ids::{AccountId, ActorId, MemoryId};
use stdx::Timestamp;
use tokio::task::{Id, JoinError, JoinSet};

use super::look::Left;
use super::state::Tally;
use super::trigger::Triggers;
use crate::events::SessionKey;
use crate::service::{Memory, report};

/// How long to wait after a failure before looking again; each time in a row twice as long,
const PAUSE: Duration = Duration::from_secs(2);
/// but no longer than this: a look that fails may have asked models, which has a price.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// How many sessions are read at once at the start.
const STEP: usize = 1_000;

const FAILED: &str = "learning from a session failed";

/// Sessions in which something is pending.
#[derive(Default)]
struct Watch {
    sessions: HashMap<SessionKey, Watched>,
    /// Those to look at now, in the order in which their turn came.
    ready: VecDeque<SessionKey>,
    /// When to look at others.
    due: BTreeSet<(Timestamp, SessionKey)>,
    looks: JoinSet<Result<Option<Left>>>,
    running: HashMap<Id, SessionKey>,
    /// Whose sessions are being looked at: two at once would not see what the other one learns.
    busy: HashSet<Actor>,
}

/// An actor of a memory.
type Actor = (AccountId, MemoryId, ActorId);

/// A session in which something is pending.
struct Watched {
    /// What has to come so that it is looked at,
    triggers: Triggers,
    /// and what came since it was looked at last.
    tally: Tally,
    due: Option<Timestamp>,
    ready: bool,
    running: bool,
    /// How many looks in a row have failed,
    failures: u32,
    /// and until when it rests for that, whatever comes.
    rests: Option<Timestamp>,
}

impl Memory {
    /// Runs until the service is shut down.
    pub(crate) async fn keep_learning(&self) {
        let mut watch = Watch::default();
        while let Err(error) = self.watch_pending(&mut watch).await {
            report(&error, FAILED);
            let pause = self.0.clock.sleep_until(self.now().plus(PAUSE));
            if self.0.stopping.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
        while !self.0.stopping.is_cancelled() {
            let well = self.forget_if_gone().await;
            self.take_arrived(&mut watch).await;
            watch.wake(self.now());
            self.start_looks(&mut watch);
            let timer = async {
                let again = (!well).then(|| self.now().plus(PAUSE));
                let due = watch.due.first().map(|(due, _)| *due);
                match again.into_iter().chain(due).min() {
                    Some(next) => self.0.clock.sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.0.stopping.cancelled() => break,
                () = self.0.unextracted.notified() => {}
                () = timer => {}
                Some(done) = watch.looks.join_next_with_id() => watch.done(done, self.now()),
            }
        }
        // A look that is cut off has written nothing, and is taken up at the next start.
        watch.looks.shutdown().await;
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
            if !watch.sessions.contains_key(&session) {
                let triggers = match self.definition(&session.account, &session.memory).await {
                    Ok(memory) => Triggers::earliest(&memory.strategies, &self.0.options),
                    Err(fault) if *fault.kind() == Kind::NotFound => continue,
                    Err(fault) => {
                        report(&fault, FAILED);
                        watch.at_once(session);
                        continue;
                    }
                };
                watch.sessions.insert(session.clone(), Watched::new(triggers));
            }
            watch.add(session, tally, self.now());
        }
    }

    fn start_looks(&self, watch: &mut Watch) {
        while watch.looks.len() < self.0.options.concurrent_extractions
            && let Some(session) = watch.next()
        {
            let (memory, at) = (self.clone(), session.clone());
            let look = watch.looks.spawn(async move { memory.look(&at).await });
            watch.running.insert(look.id(), session);
        }
    }
}

impl Watched {
    fn new(triggers: Triggers) -> Self {
        Self {
            triggers,
            tally: Tally::default(),
            due: None,
            ready: false,
            running: false,
            failures: 0,
            rests: None,
        }
    }
}

impl Watched {
    /// Puts it at the end of those to look at, unless it is among them.
    fn queue(&mut self, ready: &mut VecDeque<SessionKey>, session: SessionKey) {
        if !std::mem::replace(&mut self.ready, true) {
            ready.push_back(session);
        }
    }

    /// One more look has failed.
    fn rest(&mut self, now: Timestamp) {
        let pause = PAUSE.saturating_mul(1 << self.failures.min(16)).min(LONGEST_PAUSE);
        self.failures += 1;
        self.rests = Some(now.plus(pause));
    }
}

impl Watch {
    /// Looks at a session as soon as there is room.
    fn at_once(&mut self, session: SessionKey) {
        let watched = self.sessions.entry(session.clone());
        let watched = watched.or_insert_with(|| Watched::new(Triggers::NEVER));
        if !watched.running {
            watched.queue(&mut self.ready, session);
        }
    }

    /// Something came to a session.
    fn add(&mut self, session: SessionKey, tally: Tally, now: Timestamp) {
        let Some(watched) = self.sessions.get_mut(&session) else { return };
        watched.tally.add(tally);
        if !watched.running {
            self.place(session, None, now);
        }
    }

    /// Puts a session where its turn comes, at the latest at this time.
    fn place(&mut self, session: SessionKey, latest: Option<Timestamp>, now: Timestamp) {
        let Some(watched) = self.sessions.get_mut(&session) else { return };
        if let Some(due) = watched.due.take() {
            self.due.remove(&(due, session.clone()));
        }
        let fires = watched.tally.at_once || watched.triggers.fire(&watched.tally, now);
        let due = match watched.rests {
            Some(until) => Some(until),
            None => [watched.triggers.deadline(&watched.tally), latest].into_iter().flatten().min(),
        };
        if (fires && watched.rests.is_none()) || due.is_some_and(|due| due <= now) {
            watched.queue(&mut self.ready, session);
        } else if let Some(due) = due {
            watched.due = Some(due);
            self.due.insert((due, session));
        }
    }

    /// Makes ready what is due.
    fn wake(&mut self, now: Timestamp) {
        while let Some((due, session)) = self.due.pop_first() {
            if due > now {
                self.due.insert((due, session));
                return;
            }
            if let Some(watched) = self.sessions.get_mut(&session) {
                watched.due = None;
                watched.queue(&mut self.ready, session);
            }
        }
    }

    /// The next session to look at. What comes from now on is counted anew.
    fn next(&mut self) -> Option<SessionKey> {
        let free = self.ready.iter().position(|session| !self.busy.contains(&actor(session)))?;
        let session = self.ready.remove(free)?;
        self.busy.insert(actor(&session));
        if let Some(watched) = self.sessions.get_mut(&session) {
            if let Some(due) = watched.due.take() {
                self.due.remove(&(due, session.clone()));
            }
            watched.tally = Tally::default();
            (watched.ready, watched.running) = (false, true);
        }
        Some(session)
    }

    /// A look is over.
    fn done(&mut self, done: Result<(Id, Result<Option<Left>>), JoinError>, now: Timestamp) {
        let id = match &done {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let Some(session) = self.running.remove(&id) else { return };
        self.busy.remove(&actor(&session));
        let Some(watched) = self.sessions.get_mut(&session) else { return };
        watched.running = false;
        let latest = match done {
            Ok((_, Ok(left))) => {
                (watched.failures, watched.rests) = (0, None);
                let waits = left.is_some_and(|left| left.waits);
                if !waits && watched.tally == Tally::default() {
                    self.sessions.remove(&session);
                    return;
                }
                watched.triggers = left.map_or(watched.triggers, |left| left.triggers);
                left.and_then(|left| left.due)
            }
            Ok((_, Err(error))) => {
                report(&error, FAILED);
                watched.rest(now);
                None
            }
            Err(error) => {
                tracing::error!(%error, "a look at a session panicked");
                watched.rest(now);
                None
            }
        };
        self.place(session, latest, now);
    }
}

fn actor(session: &SessionKey) -> Actor {
    (session.account.clone(), session.memory.clone(), session.actor.clone())
}
