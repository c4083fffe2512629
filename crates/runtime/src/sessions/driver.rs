//! Does what the machine decides: one task for each session owns its sandbox.

use std::sync::{Arc, OnceLock};

use fault::{Fault, Kind, Result};
use futures_util::FutureExt;
use sandbox::{Ending, Sandbox};
use stdx::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::SessionKey;
use super::machine::{Cause, Effect, Event, Machine, Ping, State};
use super::ping::{PATIENCE, ping};
use crate::rows::VersionRow;
use crate::service::Runtime;
use crate::versions::describe_ending;

/// Requests that one session may be answering at once.
const MOST_REQUESTS: usize = 256;
/// Commands that may wait for the session's task.
const MOST_COMMANDS: usize = 64;

/// Talks to a session's task.
pub(crate) struct SessionHandle {
    commands: mpsc::Sender<Command>,
    over: CancellationToken,
    failure: Failure,
}

/// Why the sandbox did not start. It can fail before anybody asked to be let in, and is told to whoever comes.
type Failure = Arc<OnceLock<(Kind, String)>>;

enum Command {
    Enter(oneshot::Sender<Result<Lease>>),
    Stop(String),
}

/// The right to send one request to a session's sandbox. While it lives the session does not count as idle.
pub(crate) struct Lease {
    pub(crate) sandbox: Arc<dyn Sandbox>,
    pub(crate) version: Arc<VersionRow>,
    left: Option<mpsc::OwnedPermit<()>>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(left) = self.left.take() {
            left.send(());
        }
    }
}

impl SessionHandle {
    /// Starts the session's task.
    pub(crate) fn open(runtime: &Runtime, key: SessionKey, version: VersionRow) -> Arc<Self> {
        let version = Arc::new(version);
        let (commands, receiver) = mpsc::channel(MOST_COMMANDS);
        let over = CancellationToken::new();
        let failure = Failure::default();
        let handle = Arc::new(Self { commands, over: over.clone(), failure: Arc::clone(&failure) });
        let driver = Driver::new(runtime.clone(), key, version, receiver, failure);
        runtime.0.tasks.spawn(async move {
            let _over = over.drop_guard();
            driver.run().await;
        });
        handle
    }

    /// Waits for the session to run and takes a lease. `None` if it came to its end instead.
    pub(crate) async fn enter(&self) -> Option<Result<Lease>> {
        let (reply, answer) = oneshot::channel();
        let answer = match self.commands.send(Command::Enter(reply)).await {
            Ok(()) => answer.await.ok(),
            Err(_) => None,
        };
        let failed = || self.failure.get().map(|(kind, message)| Err(Fault::new(kind.clone(), message)));
        answer.or_else(failed)
    }

    /// Whether its task has come to its end, in whatever way.
    pub(crate) fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Ends the session and waits until nothing of it is left.
    pub(crate) async fn stop(&self, reason: String) {
        // A task that no longer listens is at its end already.
        let _ = self.commands.send(Command::Stop(reason)).await;
        self.over.cancelled().await;
    }
}

struct Driver {
    runtime: Runtime,
    key: SessionKey,
    version: Arc<VersionRow>,
    commands: mpsc::Receiver<Command>,
    machine: Machine,
    sandbox: Option<Arc<dyn Sandbox>>,
    /// Requests that wait for the sandbox to run.
    waiting: Vec<oneshot::Sender<Result<Lease>>>,
    failure: Failure,
    leave: mpsc::Sender<()>,
    left: mpsc::Receiver<()>,
    /// Why it ends, for the record.
    reason: Option<String>,
    timer: BoxFuture<'static, ()>,
    pinging: BoxFuture<'static, Ping>,
    /// Completes when the sandbox is gone.
    ended: BoxFuture<'static, Ending>,
    stopping: BoxFuture<'static, ()>,
}

impl Driver {
    fn new(
        runtime: Runtime,
        key: SessionKey,
        version: Arc<VersionRow>,
        commands: mpsc::Receiver<Command>,
        failure: Failure,
    ) -> Self {
        let (leave, left) = mpsc::channel(MOST_REQUESTS);
        let machine = Machine::new(version.spec.lifecycle, runtime.now());
        Self {
            runtime,
            key,
            version,
            commands,
            machine,
            sandbox: None,
            waiting: Vec::new(),
            failure,
            leave,
            left,
            reason: None,
            timer: never(),
            pinging: never(),
            ended: never(),
            stopping: never(),
        }
    }

    async fn run(mut self) {
        let mut starting = self.runtime.start_sandbox(&self.key, Arc::clone(&self.version));
        while *self.machine.state() != State::Over {
            let event = tokio::select! {
                // Whoever has left is counted out before anybody is let in or found idle.
                biased;
                Some(()) = self.left.recv() => Event::Left,
                started = &mut starting => {
                    starting = never();
                    self.started(started)
                }
                ending = &mut self.ended => {
                    self.ended = never();
                    self.reason.get_or_insert_with(|| describe_ending(&ending));
                    Event::Ended
                }
                () = &mut self.stopping => {
                    self.stopping = never();
                    Event::Ended
                }
                Some(command) = self.commands.recv() => match command {
                    Command::Enter(reply) => { self.enter(reply); continue }
                    Command::Stop(reason) => {
                        self.reason.get_or_insert(reason);
                        Event::StopAsked
                    }
                },
                ping = &mut self.pinging => {
                    self.pinging = never();
                    Event::Pinged(ping)
                }
                () = &mut self.timer => {
                    self.timer = never();
                    Event::Timer
                }
            };
            self.apply(event);
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
                Effect::Stop(cause) => self.stop(cause),
                Effect::Finish => {}
            }
        }
    }

    fn started(&mut self, started: Result<Arc<dyn Sandbox>>) -> Event {
        match started {
            Ok(sandbox) => {
                self.ended = sandbox.ended();
                self.sandbox = Some(sandbox);
                if *self.machine.state() == State::Ending {
                    // It was to be stopped before it had started.
                    self.stop(Cause::Asked);
                    return Event::StopAsked;
                }
                self.apply(Event::Started);
                for reply in std::mem::take(&mut self.waiting) {
                    self.enter(reply);
                }
                // Deciding again about a start changes nothing.
                Event::Started
            }
            Err(fault) => {
                let error: &(dyn std::error::Error + 'static) = &fault;
                tracing::warn!(session = %self.key.id, runtime = %self.key.runtime, error, "no sandbox");
                self.reason = Some(fault.message().to_owned());
                // Set but once: a session starts once.
                let _ = self.failure.set((fault.kind().clone(), fault.message().to_owned()));
                self.waiting.clear();
                Event::Ended
            }
        }
    }

    /// Lets a request in, has it wait, or refuses it.
    fn enter(&mut self, reply: oneshot::Sender<Result<Lease>>) {
        let answer = match (self.machine.state(), &self.sandbox) {
            (State::Starting, _) => return self.waiting.push(reply),
            (State::Serving { .. } | State::Idle(_), Some(sandbox)) => {
                match self.leave.clone().try_reserve_owned() {
                    Ok(left) => Ok(Lease {
                        sandbox: Arc::clone(sandbox),
                        version: Arc::clone(&self.version),
                        left: Some(left),
                    }),
                    Err(_) => Err(Fault::new(
                        Kind::Throttled,
                        format!(
                            "The session is answering {MOST_REQUESTS} requests already. Retry once some are done."
                        ),
                    )),
                }
            }
            _ => Err(Fault::new(
                Kind::RetryableConflict,
                "The session is being stopped. Retry a moment later: the session id will then stand for a new session.",
            )),
        };
        let entered = answer.is_ok();
        match reply.send(answer) {
            Ok(()) if entered => self.apply(Event::Entered),
            // Whoever asked has gone; the lease went with the answer and reports that it left.
            Err(Ok(lease)) => {
                self.apply(Event::Entered);
                drop(lease);
            }
            Ok(()) | Err(Err(_)) => {}
        }
    }

    fn send_ping(&self) -> BoxFuture<'static, Ping> {
        let Some(sandbox) = self.sandbox.clone() else { return never() };
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
        for reply in std::mem::take(&mut self.waiting) {
            let stopped =
                Fault::new(Kind::RetryableConflict, "The session was stopped before it had started.");
            let _ = reply.send(Err(stopped));
        }
        // Without a sandbox yet, its start is awaited and then undone.
        if let Some(sandbox) = self.sandbox.clone() {
            self.ended = never();
            self.stopping = async move { sandbox.stop().await }.boxed();
        }
    }

    /// Writes the end down, then makes room for a new session of the same id.
    async fn finish(mut self) {
        self.sandbox = None;
        let reason = self.reason.take().unwrap_or_default();
        tracing::info!(session = %self.key.id, runtime = %self.key.runtime, reason, "session ended");
        self.runtime.record_end(&self.key, &self.version, reason).await;
        self.runtime.0.sessions.remove(&self.key);
        self.commands.close();
        while let Ok(command) = self.commands.try_recv() {
            // Dropping the reply says that the session is over: whoever asked opens a new one.
            drop(command);
        }
    }
}

fn never<T: Send + 'static>() -> BoxFuture<'static, T> {
    std::future::pending().boxed()
}
