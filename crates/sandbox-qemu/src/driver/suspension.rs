//! Making a snapshot of a running machine, and what to do when there will be none.
//!
//! ```text
//! quiet ─▶ state saved ─▶ files linked, all on the disk ─▶ named ─▶ the machine ends
//!                 ╲                ╲                   ╲
//!                  └────────────────┴───────────────────┴─▶ the machine goes on and is greeted again
//! ```

use std::io;
use std::sync::Arc;
use std::time::Duration;

use guest_protocol::hello::Hello;
use sandbox::machine::{Effect, Event, State};
use sandbox::{Ending, SandboxError, Snapshot, SnapshotName};
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{Driver, Tasks, steps};
use crate::guest::{CarryError, Connection, Greeted, Guest, connect};
use crate::home::{Home, Unfinished, failed};
use crate::qmp::{Command, Qmp, QmpError};
use crate::snapshot::{self, Draft, DraftError, Manifest, Source};
use crate::thinning::ThinError;

/// Writing a machine's state, all of its memory in the worst case.
const SAVING: Duration = Duration::from_secs(120);
/// For what the monitor answers at once.
const PROMPT: Duration = Duration::from_secs(10);
/// Between two looks at whether a machine runs again.
const LOOK: Duration = Duration::from_millis(5);

/// A suspension under way, and who waits for it.
pub(crate) struct Suspension {
    into: SnapshotName,
    begun: Duration,
    reply: oneshot::Sender<Result<Snapshot, SandboxError>>,
    /// The stream to the guest, while there is no HTTP/2 on it.
    stream: Option<UnixStream>,
    draft: Option<(Draft, Manifest)>,
    outcome: Option<Result<Snapshot, SandboxError>>,
}

/// How far a step has come, with what it gives back.
pub(super) enum Progress {
    /// The guest is quiet.
    Quiet(UnixStream),
    /// The snapshot is whole, but for its name, or cannot be made.
    Saved { monitor: Qmp, outcome: Result<(Draft, Manifest), SandboxError> },
    /// The machine goes on and has been greeted.
    GoesOn { monitor: Qmp, greeted: Greeted },
    /// The machine is not well.
    Lost(String),
}

impl Driver {
    /// Takes in the wish to suspend, if this is a moment for it.
    pub(super) fn suspension_asked(
        &mut self,
        into: SnapshotName,
        reply: oneshot::Sender<Result<Snapshot, SandboxError>>,
    ) -> Option<Event> {
        let refused = if *self.machine.state() != State::Running {
            Some("the sandbox is not running")
        } else if self.template.is_none() {
            Some("a sandbox without a template cannot be suspended")
        } else if self.snapshots.join(into.as_str()).exists() {
            Some("there is a snapshot of that name")
        } else {
            None
        };
        if let Some(reason) = refused {
            let source = io::Error::other(reason);
            // Whoever does not wait for the answer does not want it.
            let _ =
                reply.send(Err(SandboxError::Failed { context: format!("suspending into {into}"), source }));
            return None;
        }
        let begun = self.clock.elapsed();
        self.suspension = Some(Suspension { into, begun, reply, stream: None, draft: None, outcome: None });
        Some(Event::SuspendAsked)
    }

    /// Whether what is being done is done for a snapshot.
    pub(super) fn suspends(&self) -> bool {
        self.suspension.is_some()
    }

    /// Takes back what a step gives.
    pub(super) fn proceed(&mut self, progress: Progress, tasks: &mut Tasks) -> Option<Event> {
        let suspension = self.suspension.as_mut().expect("a suspension's steps end before it");
        match progress {
            Progress::Quiet(stream) => {
                suspension.stream = Some(stream);
                Some(Event::Quiet)
            }
            Progress::Saved { monitor, outcome } => {
                self.monitor = Some(monitor);
                match outcome {
                    Ok(draft) => {
                        suspension.draft = Some(draft);
                        Some(Event::Saved)
                    }
                    Err(error) => {
                        suspension.outcome = Some(Err(error));
                        Some(Event::NotSaved)
                    }
                }
            }
            Progress::GoesOn { monitor, greeted } => {
                self.monitor = Some(monitor);
                let Greeted { guest, connection, pings, answered } = greeted;
                self.shared.replace_guest(guest);
                self.connection = Some(connection);
                self.pings = Some(pings);
                tasks.steps.spawn(steps::greet(answered, self.patience.wake));
                None
            }
            Progress::Lost(reason) => Some(Event::Failed { reason }),
        }
    }

    /// Performs what only a suspension asks for.
    pub(super) async fn suspend(&mut self, effect: &Effect, tasks: &mut Tasks) -> Option<Event> {
        match effect {
            Effect::Quiesce => {
                let connection = self.connection.take().expect("a running machine has a connection");
                tasks.progress.spawn(quiesce(connection, self.shared.guest(), self.patience.report));
            }
            Effect::Save => {
                let monitor = self.monitor.take().expect("a quiet machine has its monitor");
                let saving = self.saving();
                tasks.progress.spawn(save(monitor, saving));
            }
            Effect::Keep => return Some(self.keep().await),
            Effect::GoOn => {
                let monitor = self.monitor.take().expect("a saved machine has its monitor");
                let suspension = self.suspension.as_mut().expect("it is a suspension that failed");
                let stream = suspension.stream.take().expect("a quiet machine has its stream");
                let hello = Hello::Wake { wake: self.identity.wake(&*self.clock, &*self.rng) };
                tasks.progress.spawn(go_on(monitor, stream, hello));
            }
            _ => unreachable!("no effect of a suspension"),
        }
        None
    }

    fn saving(&self) -> Saving {
        let suspension = self.suspension.as_ref().expect("it is being suspended");
        let template = Arc::clone(self.template.as_ref().expect("only what has a template is suspended"));
        let (clock, begun) = (Arc::clone(&self.clock), suspension.begun);
        let (hostname, boot_id) = (self.identity.hostname.clone(), self.identity.boot_id.clone());
        let remaining = self.expires.since(self.clock.now());
        let source = Source {
            ram: Arc::clone(&template.ram),
            memory_mib: template.manifest.spec.limits.memory_mib,
            home: self.home.clone(),
        };
        let describe = move |state, overlay| Manifest {
            template: template.manifest.clone(),
            hostname,
            boot_id,
            remaining,
            freeze: clock.elapsed().saturating_sub(begun),
            state,
            overlay,
        };
        Saving {
            name: suspension.into.clone(),
            unfinished: Home::unfinished(&self.snapshots, &*self.rng),
            source,
            describe: Box::new(describe),
            files: self.files.clone(),
        }
    }

    /// Nothing else is let in meanwhile: the snapshot has its name if and only if the sandbox ends as suspended.
    async fn keep(&mut self) -> Event {
        let suspension = self.suspension.as_mut().expect("it is being suspended");
        let (draft, mut manifest) = suspension.draft.take().expect("a saved machine has a draft");
        manifest.freeze = self.clock.elapsed().saturating_sub(suspension.begun);
        let name = suspension.into.clone();
        let place = self.snapshots.join(name.as_str());
        let kept = self.files.spawn_blocking(move || {
            let snapshot = snapshot::describe(draft.directory(), name, &manifest);
            draft.keep(&place).map(|()| snapshot)
        });
        let kept = kept.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        let event = if kept.is_ok() { Event::Kept } else { Event::NotSaved };
        suspension.outcome = Some(kept.map_err(failed(|| "naming a snapshot")));
        event
    }

    /// Tells whoever waits for the snapshot, now that the sandbox runs on or has ended.
    pub(super) fn settle_suspension(&mut self, ending: Option<&Ending>) {
        let Some(Suspension { reply, outcome, .. }) = self.suspension.take() else { return };
        let outcome = match (ending, outcome) {
            (Some(Ending::Suspended), Some(Ok(snapshot))) => Ok(snapshot),
            (Some(ending), _) => Err(SandboxError::Ended(ending.clone())),
            (None, Some(Err(error))) => Err(error),
            (None, _) => unreachable!("a machine runs on only after a failure"),
        };
        let _ = reply.send(outcome);
    }
}

/// What is needed to save a machine.
pub(super) struct Saving {
    name: SnapshotName,
    unfinished: Unfinished,
    source: Source,
    describe: Box<dyn FnOnce(snapshot::Saved, u64) -> Manifest + Send>,
    files: tokio_util::task::TaskTracker,
}

async fn quiesce(connection: Connection, guest: Guest, limit: Duration) -> Progress {
    match timeout(limit, connection.quiesce(&guest)).await {
        Ok(Ok(stream)) => Progress::Quiet(stream),
        Ok(Err(CarryError::Broken(_) | CarryError::Body(_))) => {
            Progress::Lost("the connection to the guest broke when it was to become quiet".to_owned())
        }
        Ok(Err(error)) => Progress::Lost(format!("the guest did not become quiet: {error}")),
        Err(_) => Progress::Lost("the guest did not become quiet in time".to_owned()),
    }
}

async fn save(mut monitor: Qmp, saving: Saving) -> Progress {
    let failed = failed(|| format!("suspending into {}", saving.name));
    let Saving { unfinished, source, describe, files, .. } = saving;
    let home = source.home.clone();
    let (stream, end) = match snapshot::wide_pipe() {
        Ok(pipe) => pipe,
        Err(error) => return Progress::Saved { monitor, outcome: Err(failed(error)) },
    };
    let reading = files.spawn_blocking(move || snapshot::take_in(&stream, &source, unfinished));
    let written = match write_state(&mut monitor, end).await {
        Ok(()) => None,
        Err(error @ QmpError::Refused { .. }) => Some(io::Error::other(error)),
        Err(error) => return Progress::Lost(format!("the machine's state could not be saved: {error}")),
    };
    let read = reading.await.unwrap_or_else(|error| Err(io::Error::other(error).into()));
    let outcome = match (read, written) {
        (Ok(draft), None) => {
            let complete = move || draft.complete(&home, describe).map(|manifest| (draft, manifest));
            let completed = files.spawn_blocking(complete).await;
            completed.unwrap_or_else(|error| Err(io::Error::other(error)))
        }
        // A stream that broke off is only what QEMU's failure looks like from here.
        (Ok(_) | Err(DraftError::Stream(ThinError::Truncated)), Some(error)) => Err(error),
        (Err(error), _) => Err(error.into()),
    };
    Progress::Saved { monitor, outcome: outcome.map_err(failed) }
}

async fn write_state(monitor: &mut Qmp, end: std::os::fd::OwnedFd) -> Result<(), QmpError> {
    monitor.settle(PROMPT).await?;
    monitor.pass_state(end, PROMPT).await?;
    monitor.execute(Command::unlimited_bandwidth(), PROMPT).await?;
    if let Err(error) = monitor.execute(Command::save(), PROMPT).await {
        // Else nobody would ever see the pipe's end.
        monitor.execute(Command::drop_state(), PROMPT).await?;
        return Err(error);
    }
    monitor.migrated(SAVING).await
}

/// Lets a machine run again that was being saved, and greets it as who it was.
async fn go_on(mut monitor: Qmp, stream: UnixStream, hello: Hello) -> Progress {
    match timeout(PROMPT, run(&mut monitor)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Progress::Lost(format!("the machine would not go on: {error}")),
        Err(_) => return Progress::Lost("the machine did not go on in time".to_owned()),
    }
    match connect(stream, &hello).await {
        Ok(greeted) => Progress::GoesOn { monitor, greeted },
        Err(error) => Progress::Lost(format!("the machine could not be greeted again: {error}")),
    }
}

async fn run(monitor: &mut Qmp) -> Result<(), QmpError> {
    loop {
        let status = monitor.execute(Command::status(), PROMPT).await?;
        match status["status"].as_str() {
            Some("running") => return Ok(()),
            // QEMU lets a machine go on by itself when saving failed early; until it has come to that it refuses.
            Some("postmigrate" | "paused" | "prelaunch") => {
                monitor.execute(Command::go_on(), PROMPT).await?;
            }
            _ => tokio::time::sleep(LOOK).await,
        }
    }
}
