//! Drives one sandbox through its life: performs what [`sandbox::machine`] asks for and tells it what happened.

mod steps;
mod suspension;

use std::collections::VecDeque;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use guest_protocol::control;
use sandbox::Ending;
use sandbox::machine::{Effect, Event, Machine, State};
use stdx::{Clock, Rng, Timestamp};
use tokio::process::Child;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::console::Console;
use crate::guest::Connection;
use crate::home::remove;
use crate::options::Patience;
use crate::qmp::Qmp;
use crate::sandbox::{Order, Shared, Stage};
use crate::storages::Lease;
use crate::template::Frozen;
use crate::who::Who;

use suspension::{Progress, Suspension};

/// Everything that one driver owns.
pub(crate) struct Driver {
    pub(crate) machine: Machine,
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) patience: Patience,
    pub(crate) orders: mpsc::Receiver<Order>,
    /// Cancelled when the engine shuts down.
    pub(crate) shut_down: CancellationToken,
    pub(crate) expires: Timestamp,
    /// How long the program may take to become ready.
    pub(crate) ready_within: std::time::Duration,
    pub(crate) home: PathBuf,
    /// Where snapshots are kept.
    pub(crate) snapshots: PathBuf,
    pub(crate) rng: Arc<dyn Rng>,
    /// Who the machine is.
    pub(crate) identity: Who,
    /// What it was started from.
    pub(crate) template: Option<Arc<Frozen>>,
    pub(crate) suspension: Option<Suspension>,
    /// What it brought along, which outlives it.
    pub(crate) storage: Option<Lease>,
    /// Work on files that cannot be broken off.
    pub(crate) files: TaskTracker,
    pub(crate) child: Child,
    pub(crate) console: Console,
    pub(crate) readers: JoinSet<()>,
    pub(crate) monitor: Option<Qmp>,
    pub(crate) connection: Option<Connection>,
    pub(crate) pings: Option<h2::PingPong>,
    pub(crate) answered: Option<oneshot::Receiver<Result<(), String>>>,
}

/// What runs beside the loop. A step that has nothing to tell gives `None`.
#[derive(Default)]
struct Tasks {
    /// The step the life is in.
    steps: JoinSet<Option<Event>>,
    /// What watches guest and program while they run.
    watchers: JoinSet<Option<Event>>,
    /// Takes in what the program writes and says, for as long as the guest tells.
    followers: JoinSet<Option<Event>>,
    /// The step of a suspension.
    progress: JoinSet<Progress>,
}

impl Driver {
    /// Runs until nothing is left of the sandbox.
    pub(crate) async fn run(mut self) {
        let mut tasks = Tasks::default();
        let mut known = VecDeque::from([Event::Spawned]);
        let expiry = self.clock.sleep_until(self.expires);
        tokio::pin!(expiry);
        while !matches!(self.machine.state(), State::Ended { .. }) {
            let event = match known.pop_front() {
                Some(event) => Some(event),
                None => self.next_event(&mut tasks, expiry.as_mut()).await,
            };
            let effects = event.map(|event| self.machine.apply(event)).unwrap_or_default();
            for effect in effects {
                known.extend(self.perform(effect, &mut tasks).await);
            }
        }
    }

    async fn next_event(
        &mut self,
        tasks: &mut Tasks,
        expiry: std::pin::Pin<&mut (impl Future<Output = ()> + ?Sized)>,
    ) -> Option<Event> {
        let ending = matches!(self.machine.state(), State::Ending { .. });
        tokio::select! {
            // What the guest said counts before the death of its machine: it explains it.
            biased;
            Some(done) = tasks.steps.join_next() => outcome(done),
            Some(done) = tasks.progress.join_next() => match done {
                Ok(progress) => self.proceed(progress, tasks),
                Err(error) => outcome(Err(error)),
            },
            Some(_) = tasks.followers.join_next() => None,
            Some(done) = tasks.watchers.join_next() => outcome(done),
            status = self.child.wait() => {
                self.shared.metering.end();
                while self.readers.join_next().await.is_some() {}
                let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                Some(Event::VmmGone { words: format!("{status}; {}", self.console.last_words()) })
            }
            order = self.orders.recv(), if !ending => Some(match order {
                Some(Order::Freeze) => Event::FreezeAsked,
                Some(Order::Suspend { into, reply }) => return self.suspension_asked(into, reply),
                Some(Order::Stop) | None => Event::StopAsked,
            }),
            () = self.shut_down.cancelled(), if !ending => Some(Event::StopAsked),
            () = expiry, if !ending => Some(Event::Expired),
        }
    }

    /// Performs an effect; says what is known at once.
    async fn perform(&mut self, effect: Effect, tasks: &mut Tasks) -> Option<Event> {
        match effect {
            Effect::Greet => {
                let limit = if self.boots() { self.patience.boot } else { self.patience.wake };
                let answered = self.answered.take().expect("a machine is greeted once");
                tasks.steps.spawn(steps::greet(answered, limit));
            }
            Effect::AwaitReady => {
                tasks.followers.spawn(steps::follow_output(Arc::clone(&self.shared)));
                tasks.followers.spawn(steps::serve_platform(Arc::clone(&self.shared)));
                let limit = self.ready_within + self.patience.report;
                tasks.steps.spawn(steps::await_ready(Arc::clone(&self.shared), limit));
            }
            Effect::Announce => {
                self.watch(tasks);
                self.shared.stage.send_replace(Stage::Running);
                self.settle_suspension(None);
            }
            Effect::Quiesce => {
                tasks.watchers.abort_all();
                if self.suspends() {
                    return self.suspend(&effect, tasks).await;
                }
                tasks.followers.abort_all();
                let connection = self.connection.take().expect("a machine becomes quiet once");
                tasks.steps.spawn(steps::quiesce(connection, self.shared.guest(), self.patience.report));
            }
            Effect::Save if self.suspends() => return self.suspend(&effect, tasks).await,
            Effect::Keep | Effect::GoOn => return self.suspend(&effect, tasks).await,
            Effect::Save => {
                let monitor = self.monitor.take().expect("a machine is saved once");
                tasks.steps.spawn(steps::save(monitor));
            }
            Effect::Kill => {
                self.release().await;
                self.shared.metering.read();
                // It may have died by itself a moment ago; then its end is about to be seen anyway.
                let _ = self.child.start_kill();
            }
            Effect::Clean => {
                tasks.shut_down().await;
                self.connection = None;
                self.files.close();
                self.files.wait().await;
                self.storage = None;
                let removed = remove(&self.home);
                if let Err(error) = removed {
                    tracing::error!(home = %self.home.display(), %error, "a sandbox's directory stays");
                }
                return Some(Event::Cleaned);
            }
            Effect::Report(ending) => self.report(&ending),
        }
        None
    }

    /// Has the guest give back its storage. One that hangs is not asked, and one that is suspended goes on with it.
    async fn release(&self) {
        let State::Ending { ending, .. } = self.machine.state() else { return };
        if self.storage.is_none() || matches!(ending, Ending::Suspended | Ending::Failed { .. }) {
            return;
        }
        let (guest, limit) = (self.shared.guest(), self.patience.release);
        match tokio::time::timeout(limit, guest.control("POST", control::RELEASE)).await {
            Ok(Ok(reply)) if reply.status == 200 => {}
            // Nothing is torn: the file system has a journal. What was written last may be missing.
            _ => tracing::warn!(sandbox = %self.shared.id, "a storage was not given back in order"),
        }
    }

    fn boots(&self) -> bool {
        self.machine.origin() == sandbox::machine::Origin::Boot
    }

    /// Watches guest and program, and takes in what the program writes, from now on.
    fn watch(&mut self, tasks: &mut Tasks) {
        let shared = || Arc::clone(&self.shared);
        if self.boots() {
            tasks.watchers.spawn(steps::program_exit(shared()));
        } else {
            tasks.followers.spawn(steps::serve_platform(shared()));
            tasks.followers.spawn(steps::later(steps::follow_output, shared()));
            tasks.watchers.spawn(steps::later(steps::program_exit, shared()));
        }
        if let Some(pings) = self.pings.take() {
            tasks.watchers.spawn(steps::pulse(pings, Arc::clone(&self.clock), self.patience));
        }
    }

    fn report(&mut self, ending: &Ending) {
        if let Ending::Failed { reason } = ending {
            tracing::warn!(sandbox = %self.shared.id, reason, "a sandbox failed");
        }
        self.shared.stage.send_replace(Stage::Ended(ending.clone()));
        self.settle_suspension(Some(ending));
    }
}

impl Tasks {
    async fn shut_down(&mut self) {
        self.steps.shutdown().await;
        self.watchers.shutdown().await;
        self.followers.shutdown().await;
        self.progress.shutdown().await;
    }
}

/// What a task found out. One that was aborted has nothing to say; a panic of ours ends the sandbox.
fn outcome(done: Result<Option<Event>, tokio::task::JoinError>) -> Option<Event> {
    match done {
        Ok(event) => event,
        Err(error) if error.is_cancelled() => None,
        Err(error) => Some(Event::Failed { reason: error.to_string() }),
    }
}
