//! How the rest of the service talks to a session's task.

use std::sync::{Arc, Mutex, OnceLock};

use fault::{Fault, Kind, Result};
use sandbox::Sandbox;
use stdx::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::SessionState;
use crate::rows::VersionRow;

/// Talks to a session's task.
pub(crate) struct SessionHandle {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) over: CancellationToken,
    pub(super) failure: Failure,
    pub(super) seen: Seen,
}

/// Why the sandbox did not start. It can fail before anybody asked to be let in, and is told to whoever comes.
pub(super) type Failure = Arc<OnceLock<(Kind, String)>>;

/// What the session's task shows of it.
pub(super) type Seen = Arc<Mutex<Glimpse>>;

/// A live session at one moment.
#[derive(Clone, Debug)]
pub(super) struct Glimpse {
    pub(super) state: SessionState,
    pub(super) user: Option<String>,
    pub(super) started_at: Timestamp,
    /// `None` while it is used.
    pub(super) last_used_at: Option<Timestamp>,
    pub(super) ends_at: Option<Timestamp>,
    pub(super) version: ids::AgentVersion,
}

pub(super) enum Command {
    Enter(Entering),
    /// Answered only if it is refused; what came of it otherwise, the session's record says.
    Suspend(oneshot::Sender<Fault>),
    /// Answered once everything that happened before has been taken in.
    Look(oneshot::Sender<()>),
    Stop {
        reason: String,
        /// Whether to end it even if it is suspended by then.
        asleep_too: bool,
    },
}

/// A request that wants to be let in.
pub(super) struct Entering {
    pub(super) user: Option<String>,
    pub(super) reply: oneshot::Sender<Result<Lease>>,
}

/// The right to send one request to a session's sandbox. While it lives the session does not count as idle.
pub(crate) struct Lease {
    pub(crate) sandbox: Arc<dyn Sandbox>,
    pub(crate) version: Arc<VersionRow>,
    pub(super) left: Option<mpsc::OwnedPermit<()>>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(left) = self.left.take() {
            left.send(());
        }
    }
}

impl SessionHandle {
    /// Waits for the session to run and takes a lease. `None` if it came to its end instead, or was suspended.
    pub(crate) async fn enter(&self, user: Option<&str>) -> Option<Result<Lease>> {
        let (reply, answer) = oneshot::channel();
        let entering = Entering { user: user.map(str::to_owned), reply };
        let answer = match self.commands.send(Command::Enter(entering)).await {
            Ok(()) => answer.await.ok(),
            Err(_) => None,
        };
        let failed = || self.failure.get().map(|(kind, message)| Err(Fault::new(kind.clone(), message)));
        answer.or_else(failed)
    }

    /// Asks for its suspension and waits for what comes of it. `None` if it is suspended now, or over.
    pub(crate) async fn suspend(&self) -> Option<Fault> {
        let (reply, refused) = oneshot::channel();
        // A task that no longer listens has come to its end: the record says to which.
        self.commands.send(Command::Suspend(reply)).await.ok()?;
        refused.await.ok()
    }

    /// Waits until the session's task has taken in whatever the caller has done.
    pub(super) async fn settled(&self) {
        let (reply, settled) = oneshot::channel();
        if self.commands.send(Command::Look(reply)).await.is_ok() {
            // No answer means that it has ended: that is settled, too.
            let _ = settled.await;
        }
    }

    /// Whether its task has come to its end, in whatever way.
    pub(crate) fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Ends the session and waits until its task has; one that was suspended at that moment may still be so.
    pub(crate) async fn stop(&self, reason: String) {
        self.end(reason, true).await;
    }

    /// Ends the session unless it is suspended by then, and waits until its task has ended.
    pub(crate) async fn shut_down(&self, reason: String) {
        self.end(reason, false).await;
    }

    async fn end(&self, reason: String, asleep_too: bool) {
        // A task that no longer listens is at its end already.
        let _ = self.commands.send(Command::Stop { reason, asleep_too }).await;
        self.over.cancelled().await;
    }

    pub(super) fn glimpse(&self) -> Glimpse {
        self.seen.lock().expect("no holder of a glimpse's lock panics").clone()
    }
}
