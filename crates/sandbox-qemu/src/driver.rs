//! Drives one sandbox through its life: performs what [`sandbox::machine`] asks for and tells it what happened.

mod steps;

use std::collections::VecDeque;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use sandbox::Ending;
use sandbox::machine::{Effect, Event, Machine, State};
use stdx::{Clock, Timestamp};
use tokio::process::Child;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::console::Console;
use crate::guest::Connection;
use crate::home::remove;
use crate::options::Patience;
use crate::qmp::Qmp;
use crate::sandbox::{Order, Shared, Stage};

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
    pub(crate) child: Child,
    pub(crate) console: Console,
    pub(crate) readers: JoinSet<()>,
    pub(crate) monitor: Option<Qmp>,
    pub(crate) connection: Option<Connection>,
    pub(crate) pings: Option<h2::PingPong>,
    pub(crate) answered: Option<oneshot::Receiver<Result<(), String>>>,
}

/// What runs beside the loop. A step that has nothing to tell gives `None`.
struct Tasks {
    /// The step the life is in.
    steps: JoinSet<Option<Event>>,
    /// What watches guest and program while they run.
    watchers: JoinSet<Option<Event>>,
}

impl Driver {
    /// Runs until nothing is left of the sandbox.
    pub(crate) async fn run(mut self) {
        let mut tasks = Tasks { steps: JoinSet::new(), watchers: JoinSet::new() };
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
            Some(done) = tasks.watchers.join_next() => outcome(done),
            status = self.child.wait() => {
                while self.readers.join_next().await.is_some() {}
                let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                Some(Event::VmmGone { words: format!("{status}; {}", self.console.last_words()) })
            }
            order = self.orders.recv(), if !ending => Some(match order {
                Some(Order::Freeze) => Event::FreezeAsked,
                Some(Order::Stop) | None => Event::StopAsked,
            }),
            () = self.shut_down.cancelled(), if !ending => Some(Event::StopAsked),
            () = expiry, if !ending => Some(Event::Expired),
        }
    }

    /// Performs an effect; says what is known at once.
    async fn perform(&mut self, effect: Effect, tasks: &mut Tasks) -> Option<Event> {
        let guest = self.shared.guest.clone();
        match effect {
            Effect::Greet => {
                let limit = if self.boots() { self.patience.boot } else { self.patience.wake };
                let answered = self.answered.take().expect("a machine is greeted once");
                tasks.steps.spawn(steps::greet(answered, limit));
            }
            Effect::AwaitReady => {
                self.watch(tasks, steps::follow_output(Arc::clone(&self.shared)));
                let limit = self.ready_within + self.patience.report;
                tasks.steps.spawn(steps::await_ready(Arc::clone(&self.shared), limit));
            }
            Effect::Announce => {
                if self.boots() {
                    self.watch(tasks, steps::program_exit(Arc::clone(&self.shared)));
                } else {
                    self.watch(tasks, steps::later(steps::follow_output, Arc::clone(&self.shared)));
                    self.watch(tasks, steps::later(steps::program_exit, Arc::clone(&self.shared)));
                }
                if let Some(pings) = self.pings.take() {
                    self.watch(tasks, steps::pulse(pings, Arc::clone(&self.clock), self.patience));
                }
                self.shared.stage.send_replace(Stage::Running);
            }
            Effect::Quiesce => {
                tasks.watchers.abort_all();
                let connection = self.connection.take().expect("a machine becomes quiet once");
                tasks.steps.spawn(steps::quiesce(connection, guest, self.patience.report));
            }
            Effect::Save => {
                let monitor = self.monitor.take().expect("a machine is saved once");
                tasks.steps.spawn(steps::save(monitor));
            }
            Effect::Kill => {
                // It may have died by itself a moment ago; then its end is about to be seen anyway.
                let _ = self.child.start_kill();
            }
            Effect::Clean => {
                tasks.steps.shutdown().await;
                tasks.watchers.shutdown().await;
                self.connection = None;
                let removed = remove(&self.home);
                if let Err(error) = removed {
                    tracing::error!(home = %self.home.display(), %error, "a sandbox's directory stays");
                }
                return Some(Event::Cleaned);
            }
            Effect::Report(ending) => self.report(ending),
        }
        None
    }

    fn boots(&self) -> bool {
        self.machine.origin() == sandbox::machine::Origin::Boot
    }

    fn watch(&self, tasks: &mut Tasks, watcher: impl Future<Output = Option<Event>> + Send + 'static) {
        tasks.watchers.spawn(watcher);
    }

    fn report(&self, ending: Ending) {
        if let Ending::Failed { reason } = &ending {
            tracing::warn!(sandbox = %self.shared.id, reason, "a sandbox failed");
        }
        self.shared.stage.send_replace(Stage::Ended(ending));
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
