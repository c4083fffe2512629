//! Every orphan becomes a child of process 1, and it alone can bury them.

use guest_protocol::control::ProgramExit;
use rustix::process::{Pid, WaitOptions, WaitStatus, wait};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::step::{At, StepError};

/// Collects the dead.
pub(crate) struct Reaper(Signal);

impl Reaper {
    /// Must exist before the first child, so that no death goes unseen.
    pub(crate) fn new() -> Result<Self, StepError> {
        Ok(Self(signal(SignalKind::child()).at("listen for the ends of processes")?))
    }

    /// Runs for as long as the machine does, and tells how `program` ended.
    pub(crate) async fn run(mut self, program: Pid, exit: watch::Sender<Option<ProgramExit>>) {
        loop {
            // One signal can stand for many deaths.
            while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
                if pid == program && (status.exited() || status.signaled()) {
                    exit.send_replace(Some(how(status)));
                }
            }
            if self.0.recv().await.is_none() {
                return;
            }
        }
    }
}

fn how(status: WaitStatus) -> ProgramExit {
    ProgramExit { code: status.exit_status(), signal: status.terminating_signal() }
}
