//! Does what the machine decides: one task for each session owns its sandbox.

mod asleep;
mod entering;

use std::sync::{Arc, Mutex};

use fault::{Fault, Kind, Result};
use futures_util::FutureExt;
use sandbox::Ending;
use stdx::BoxFuture;
use store::Entry;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::begin::{Begun, Running};
use super::handle::{Command, Entering, Failure, Glimpse, Seen, SessionHandle};
use super::machine::{Cause, Effect, Event, Machine, Ping, State};
use super::ping::{PATIENCE, ping};
use super::sleep::Slept;
use super::{SessionKey, SessionState};
use crate::rows::{SessionRow, VersionRow};
use crate::service::Runtime;
use crate::versions::describe_ending;

/// Requests that one session may be answering at once.
const MOST_REQUESTS: usize = 256;
/// Commands that may wait for the session's task.
const MOST_COMMANDS: usize = 64;

/// What a session's task begins with.
pub(crate) struct Opening {
    pub(crate) key: SessionKey,
    /// The version that it runs.
    pub(crate) version: VersionRow,
    /// Its record, if it has one.
    pub(crate) found: Option<Entry<SessionRow>>,
    /// On whose behalf it is opened.
    pub(crate) user: Option<String>,
}

impl SessionHandle {
    /// Starts the session's task.
    pub(crate) fn open(runtime: &Runtime, opening: Opening) -> Arc<Self> {
        let (commands, receiver) = mpsc::channel(MOST_COMMANDS);
        let driver = Driver::new(runtime.clone(), opening, receiver);
        let over = CancellationToken::new();
        let handle = Arc::new(Self {
            commands,
            over: over.clone(),
            failure: Arc::clone(&driver.failure),
            seen: Arc::clone(&driver.seen),
        });
        runtime.0.tasks.spawn(async move {
            let _over = over.drop_guard();
            driver.run().await;
        });
        handle
    }
}

struct Driver {
    runtime: Runtime,
    key: SessionKey,
    version: Arc<VersionRow>,
    user: Option<String>,
    /// What is found of the session before it begins.
    found: Option<Entry<SessionRow>>,
    commands: mpsc::Receiver<Command>,
    machine: Machine,
    running: Option<Running>,
    /// The session's record as this task wrote it last, from the time when the sandbox runs.
    row: Option<Entry<SessionRow>>,
    /// The record of the session once it is suspended.
    asleep: Option<Entry<SessionRow>>,
    /// Whether it was to be ended while it was being suspended.
    end_asleep: bool,
    /// Requests that wait for the sandbox to run.
    waiting: Vec<Entering>,
    /// Who waits for its suspension.
    wishes: Vec<oneshot::Sender<Fault>>,
    failure: Failure,
    seen: Seen,
    leave: mpsc::Sender<()>,
    left: mpsc::Receiver<()>,
    /// Why it ends, for the record.
    reason: Option<String>,
    timer: BoxFuture<'static, ()>,
    pinging: BoxFuture<'static, Ping>,
    /// Completes when the sandbox is gone.
    ended: BoxFuture<'static, Ending>,
    suspending: BoxFuture<'static, Slept>,
    stopping: BoxFuture<'static, ()>,
}

impl Driver {
    fn new(runtime: Runtime, opening: Opening, commands: mpsc::Receiver<Command>) -> Self {
        let Opening { key, version, found, user } = opening;
        let (leave, left) = mpsc::channel(MOST_REQUESTS);
        let now = runtime.now();
        let machine = Machine::new(version.spec.lifecycle, runtime.0.options.suspend_after, now);
        let glimpse = Glimpse {
            state: SessionState::Starting,
            user: user.clone(),
            started_at: now,
            last_used_at: None,
            ends_at: None,
            version: version.number,
        };
        Self {
            runtime,
            key,
            version: Arc::new(version),
            user,
            found,
            commands,
            machine,
            running: None,
            row: None,
            asleep: None,
            end_asleep: false,
            waiting: Vec::new(),
            wishes: Vec::new(),
            failure: Failure::default(),
            seen: Arc::new(Mutex::new(glimpse)),
            leave,
            left,
            reason: None,
            timer: never(),
            pinging: never(),
            ended: never(),
            suspending: never(),
            stopping: never(),
        }
    }

    async fn run(mut self) {
        let (found, user) = (self.found.take(), self.user.clone());
        let mut beginning = self.runtime.begin(&self.key, Arc::clone(&self.version), found, user);
        while *self.machine.state() != State::Over {
            tokio::select! {
                // Whoever has left is counted out before anybody is let in or found idle.
                biased;
                Some(()) = self.left.recv() => self.apply(Event::Left),
                begun = &mut beginning => {
                    beginning = never();
                    self.begun(begun);
                }
                slept = &mut self.suspending => {
                    self.suspending = never();
                    self.slept(slept);
                }
                ending = &mut self.ended => {
                    self.ended = never();
                    self.reason.get_or_insert_with(|| describe_ending(&ending));
                    self.apply(Event::Ended);
                }
                () = &mut self.stopping => {
                    self.stopping = never();
                    self.apply(Event::Ended);
                }
                Some(command) = self.commands.recv() => self.obey(command),
                ping = &mut self.pinging => {
                    self.pinging = never();
                    self.apply(Event::Pinged(ping));
                }
                () = &mut self.timer => {
                    self.timer = never();
                    self.apply(Event::Timer);
                }
            }
        }
        self.finish().await;
    }

    fn apply(&mut self, event: Event) {
        for effect in self.machine.apply(event, self.runtime.now()) {
            match effect {
                Effect::WakeAt(then) => self.timer = self.runtime.0.clock.sleep_until(then),
                Effect::Ping => self.pinging = self.send_ping(),
                Effect::WarnRestless => tracing::warn!(
                    session = %self.key.id, runtime = %self.key.runtime,
                    "the agent sets time_of_last_update anew at every /ping: it will never be taken for idle"
                ),
                Effect::Suspend(rest) => self.suspend(rest),
                Effect::Refuse(refusal) => self.refuse(refusal),
                Effect::Stop(cause) => self.stop(cause),
                Effect::Finish => {}
            }
        }
        self.show();
    }

    fn obey(&mut self, command: Command) {
        // Whoever has left before the command was given has left, although both are noticed at once.
        while let Ok(()) = self.left.try_recv() {
            self.apply(Event::Left);
        }
        match command {
            Command::Enter(entering) => self.enter(entering),
            Command::Suspend(wish) => {
                self.wishes.push(wish);
                self.apply(Event::SuspendAsked);
            }
            // Who does not wait any more does not mind.
            Command::Look(reply) => drop(reply.send(())),
            Command::Stop { reason, asleep_too } => {
                self.end_asleep |= asleep_too;
                self.reason.get_or_insert(reason);
                self.apply(Event::StopAsked);
            }
        }
    }

    fn begun(&mut self, begun: Result<Option<Begun>>) {
        match begun {
            Ok(Some(Begun { running, row, ends_at })) => {
                self.ended = running.sandbox.ended();
                self.running = Some(running);
                self.user.clone_from(&row.value.user);
                self.row = Some(row);
                if *self.machine.state() == State::Ending {
                    // It was to be stopped before it had started.
                    return self.stop(Cause::Asked);
                }
                self.apply(Event::Started { ends_at });
                self.let_in_waiting();
            }
            // Its record has changed: whoever waits looks again.
            Ok(None) => self.apply(Event::Ended),
            Err(fault) => {
                let error: &(dyn std::error::Error + 'static) = &fault;
                tracing::warn!(session = %self.key.id, runtime = %self.key.runtime, error, "no sandbox");
                // Set but once: a session starts once.
                let _ = self.failure.set((fault.kind().clone(), fault.message().to_owned()));
                self.waiting.clear();
                self.apply(Event::Ended);
            }
        }
    }

    fn send_ping(&self) -> BoxFuture<'static, Ping> {
        let Some(running) = &self.running else { return never() };
        let sandbox = Arc::clone(&running.sandbox);
        let patience = self.runtime.0.clock.sleep_until(self.runtime.now().plus(PATIENCE));
        Box::pin(async move {
            tokio::select! {
                answer = ping(&*sandbox) => answer,
                () = patience => Ping::Unhealthy,
            }
        })
    }

    fn stop(&mut self, cause: Cause) {
        let reason = match cause {
            Cause::Idle => "it was idle for too long",
            Cause::Lifetime => "it reached its maximum lifetime",
            Cause::Unhealthy => "the agent no longer answered /ping",
            Cause::Asked => "it was asked to",
        };
        self.reason.get_or_insert_with(|| reason.to_owned());
        for entering in std::mem::take(&mut self.waiting) {
            let stopped =
                Fault::new(Kind::RetryableConflict, "The session was stopped before it had started.");
            let _ = entering.reply.send(Err(stopped));
        }
        // Without a sandbox yet, its start is awaited and then undone.
        if let Some(running) = &self.running {
            let sandbox = Arc::clone(&running.sandbox);
            self.ended = never();
            self.stopping = async move { sandbox.stop().await }.boxed();
        }
    }

    /// Writes down what has become of it, then makes room for whatever comes next under its id.
    async fn finish(mut self) {
        self.running = None;
        let reason = self.reason.take();
        match (self.asleep.take(), self.row.take()) {
            (Some(entry), _) => {
                if let (true, Some(reason)) = (self.end_asleep, reason) {
                    self.runtime.end_asleep(&entry, &reason).await;
                }
            }
            (None, Some(mut entry)) => {
                entry.value.user = self.user.take();
                self.runtime.record_end(&entry, reason.unwrap_or_default()).await;
                self.runtime.put_away_storage(&self.key).await;
            }
            // What there was to write has been written by whoever tried to begin it.
            (None, None) => {}
        }
        self.runtime.0.sessions.remove(&self.key);
        self.commands.close();
        while let Ok(command) = self.commands.try_recv() {
            // Dropping the reply says that the session is over: whoever asked looks again.
            drop(command);
        }
    }

    /// Shows what the session is like now.
    fn show(&self) {
        let state = match self.machine.state() {
            State::Starting => SessionState::Starting,
            State::Serving { requests } => SessionState::Active { requests: *requests },
            State::Idle(_) => SessionState::Idle,
            State::Suspending { .. } => SessionState::Suspending,
            State::Ending | State::Over => {
                let reason = self.reason.clone().unwrap_or_default();
                SessionState::Ended { at: self.runtime.now(), reason }
            }
        };
        let glimpse = Glimpse {
            state,
            user: self.user.clone(),
            started_at: self.row.as_ref().map_or(self.runtime.now(), |row| row.value.started_at),
            last_used_at: self.machine.idle_since(),
            ends_at: Some(self.machine.ends_at()),
            version: self.version.number,
        };
        *self.seen.lock().expect("no holder of a glimpse's lock panics") = glimpse;
    }
}

pub(super) fn never<T: Send + 'static>() -> BoxFuture<'static, T> {
    std::future::pending().boxed()
}
