//! What a suspension waits for, each as a future that gives back what it was lent.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use guest_protocol::hello::Hello;
use sandbox::{SandboxError, SnapshotName};
use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::guest::{CarryError, Connection, Greeted, Guest, connect};
use crate::home::{Unfinished, failed};
use crate::qmp::{Command, Qmp, QmpError};
use crate::snapshot::{self, DraftError, Manifest, Source, Whole};
use crate::thinning::ThinError;

/// Writing a machine's state, all of its memory in the worst case.
const SAVING: Duration = Duration::from_secs(120);
/// For what the monitor answers at once.
const PROMPT: Duration = Duration::from_secs(10);
/// Between two looks at whether a machine runs again.
const LOOK: Duration = Duration::from_millis(5);

/// How far a step has come, with what it gives back.
pub(in crate::driver) enum Progress {
    /// The guest is quiet.
    Quiet(UnixStream),
    /// The snapshot is whole, but for its name, or cannot be made.
    Saved { monitor: Qmp, outcome: Result<Box<Whole>, SandboxError> },
    /// The machine goes on and has been greeted.
    GoesOn { monitor: Qmp, greeted: Greeted },
    /// The machine is not well.
    Lost(String),
}

/// What is needed to save a machine.
pub(super) struct Saving {
    pub(super) name: SnapshotName,
    pub(super) unfinished: Unfinished,
    pub(super) source: Source,
    pub(super) describe: Box<dyn FnOnce(snapshot::Saved, u64) -> Manifest + Send>,
    pub(super) files: TaskTracker,
}

pub(super) async fn quiesce(connection: Connection, guest: Guest, limit: Duration) -> Progress {
    match timeout(limit, connection.quiesce(&guest)).await {
        Ok(Ok(stream)) => Progress::Quiet(stream),
        Ok(Err(CarryError::Broken(_) | CarryError::Body(_))) => {
            Progress::Lost("the connection to the guest broke when it was to become quiet".to_owned())
        }
        Ok(Err(error)) => Progress::Lost(format!("the guest did not become quiet: {error}")),
        Err(_) => Progress::Lost("the guest did not become quiet in time".to_owned()),
    }
}

pub(super) async fn save(mut monitor: Qmp, saving: Saving) -> Progress {
    let failed = failed(|| format!("suspending into {}", saving.name));
    let Saving { unfinished, source, describe, files, .. } = saving;
    let source = Arc::new(source);
    let (stream, end) = match snapshot::wide_pipe() {
        Ok(pipe) => pipe,
        Err(error) => return Progress::Saved { monitor, outcome: Err(failed(error)) },
    };
    let reading = {
        let source = Arc::clone(&source);
        files.spawn_blocking(move || snapshot::take_in(&stream, &source, unfinished))
    };
    let written = match write_state(&mut monitor, end).await {
        Ok(()) => None,
        Err(error @ QmpError::Refused { .. }) => Some(io::Error::other(error)),
        Err(error) => return Progress::Lost(format!("the machine's state could not be saved: {error}")),
    };
    let read = reading.await.unwrap_or_else(|error| Err(io::Error::other(error).into()));
    let outcome = match (read, written) {
        (Ok(draft), None) => {
            let completed =
                files.spawn_blocking(move || draft.complete(&source, describe).map(Box::new)).await;
            completed.unwrap_or_else(|error| Err(io::Error::other(error)))
        }
        // A stream that broke off is only what QEMU's failure looks like from here.
        (Ok(_) | Err(DraftError::Stream(ThinError::Truncated)), Some(error)) => Err(error),
        (Err(error), _) => Err(error.into()),
    };
    Progress::Saved { monitor, outcome: outcome.map_err(failed) }
}

/// The machine is held first. QEMU could write the memory of one that runs, again where it was written to meanwhile;
/// under emulation it misses a write now and then (one suspension in some hundreds ended in a guest's panic), and
/// nothing is gained: this guest is quiet.
async fn write_state(monitor: &mut Qmp, end: OwnedFd) -> Result<(), QmpError> {
    monitor.settle(PROMPT).await?;
    monitor.execute(Command::hold(), PROMPT).await?;
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
pub(super) async fn go_on(mut monitor: Qmp, stream: UnixStream, hello: Hello) -> Progress {
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
