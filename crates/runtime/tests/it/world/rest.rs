//! Words for sessions that are suspended.

use std::time::Duration;

use runtime::sessions::{SessionKey, SessionState};
use runtime::{AgentSpec, Lifecycle};
use sandbox_sim::SimOptions;

use super::{Server, World, calm, spec, until};

/// How long sessions are quiet before they are suspended.
pub(crate) const QUIET: Duration = Duration::from_secs(20);

/// The probe, with sessions that live this long.
pub(crate) fn living(idle: u64, lifetime: u64) -> AgentSpec {
    AgentSpec { lifecycle: Lifecycle::from_seconds(Some(idle), Some(lifetime)).unwrap(), ..spec("probe") }
}

impl World {
    /// A world in which quiet sessions are suspended, as many as a test may want.
    pub(crate) fn drowsy() -> Self {
        Self::drowsy_with(SimOptions::default())
    }

    pub(crate) fn drowsy_with(machine: SimOptions) -> Self {
        let mut world = Self::with(machine);
        world.options.suspend_after = Some(QUIET);
        // Time stands still, so that a second never ends.
        (world.options.requests_per_second, world.options.new_sessions_per_second) = (100_000, 100_000);
        world
    }

    /// Lets a quiet session be suspended.
    pub(crate) async fn rest(&self, server: &Server<'_>, session: &SessionKey) {
        calm().await;
        self.clock.advance(QUIET);
        server.asleep(session).await;
    }
}

impl Server<'_> {
    /// A session of a new agent, used once.
    pub(crate) async fn one_session(&self, spec: AgentSpec) -> SessionKey {
        self.upload("probe").await;
        let agent = self.create_from(spec).await;
        let session = self.session_of(&agent.arn.runtime, 1);
        assert_eq!(self.count(&session).await.unwrap(), 1);
        session
    }

    pub(crate) async fn state(&self, session: &SessionKey) -> SessionState {
        self.runtime.session(session).await.unwrap().state
    }

    /// Waits until the session is suspended, with nothing of it in memory.
    pub(crate) async fn asleep(&self, session: &SessionKey) {
        until("it is suspended", async || {
            let asleep = matches!(self.state(session).await, SessionState::Suspended { .. });
            (asleep && self.live_sessions() == 0).then_some(())
        })
        .await;
    }

    /// Waits until the session has ended, and says why it has.
    pub(crate) async fn end_of(&self, session: &SessionKey) -> String {
        until("it has ended", async || match self.state(session).await {
            SessionState::Ended { reason, .. } => Some(reason),
            _ => None,
        })
        .await
    }
}
