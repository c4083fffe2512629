//! Making a snapshot of a running machine, and what to do when there will be none.
//!
//! ```text
//! quiet ─▶ state saved ─▶ files linked, all on the disk ─▶ named ─▶ the machine ends
//!                 ╲                ╲                   ╲
//!                  └────────────────┴───────────────────┴─▶ the machine goes on and is greeted again
//! ```

mod steps;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use guest_protocol::hello::Hello;
use sandbox::machine::{Effect, Event, State};
use sandbox::{Ending, SandboxError, Snapshot, SnapshotName};
use tokio::net::UnixStream;
use tokio::sync::oneshot;

use super::{Driver, Tasks, steps as common};
use crate::guest::Greeted;
use crate::home::{Home, failed};
use crate::snapshot::{self, Manifest, Source, Whole};

pub(super) use steps::Progress;
use steps::Saving;

/// A suspension under way, and who waits for it.
pub(crate) struct Suspension {
    into: SnapshotName,
    begun: Duration,
    reply: oneshot::Sender<Result<Snapshot, SandboxError>>,
    /// The stream to the guest, while there is no HTTP/2 on it.
    stream: Option<UnixStream>,
    whole: Option<Box<Whole>>,
    outcome: Option<Result<Snapshot, SandboxError>>,
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
        self.suspension = Some(Suspension { into, begun, reply, stream: None, whole: None, outcome: None });
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
                    Ok(whole) => {
                        suspension.whole = Some(whole);
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
                tasks.steps.spawn(common::greet(answered, self.patience.wake));
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
                tasks.progress.spawn(steps::quiesce(connection, self.shared.guest(), self.patience.report));
            }
            Effect::Save => {
                let monitor = self.monitor.take().expect("a quiet machine has its monitor");
                let saving = self.saving();
                tasks.progress.spawn(steps::save(monitor, saving));
            }
            Effect::Keep => return Some(self.keep().await),
            Effect::GoOn => {
                let monitor = self.monitor.take().expect("a saved machine has its monitor");
                let suspension = self.suspension.as_mut().expect("it is a suspension that failed");
                let stream = suspension.stream.take().expect("a quiet machine has its stream");
                let hello = Hello::Wake { wake: self.identity.wake(&*self.clock, &*self.rng) };
                tasks.progress.spawn(steps::go_on(monitor, stream, hello));
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
            storage: self.storage.as_ref().map(|lease| lease.path().to_owned()),
        };
        let storage = self.storage.is_some();
        let describe = move |state, overlay| Manifest {
            storage,
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
        let mut whole = suspension.whole.take().expect("a saved machine has a snapshot");
        whole.manifest.freeze = self.clock.elapsed().saturating_sub(suspension.begun);
        let name = suspension.into.clone();
        let place = self.snapshots.join(name.as_str());
        let kept = self.files.spawn_blocking(move || {
            let snapshot = snapshot::describe(whole.directory(), name, &whole.manifest);
            whole.keep(&place).map(|()| snapshot)
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
