//! What a session is like, for whoever asks.

use fault::{Fault, Result};
use ids::AgentVersion;
use stdx::Timestamp;
use store::Entry;

use super::handle::Glimpse;
use super::{ATTEMPTS, SessionKey};
use crate::rows::{Life, SESSIONS, SessionRow};
use crate::service::Runtime;

/// A session at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionView {
    /// What it is known by.
    pub key: SessionKey,
    /// The version that it runs.
    pub version: AgentVersion,
    /// Its state.
    pub state: SessionState,
    /// On whose behalf it was opened, if its caller said so.
    pub user: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was used last.
    pub last_used_at: Timestamp,
    /// When its lifetime is over; `None` if that is of no interest any more.
    pub ends_at: Option<Timestamp>,
}

/// A session's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// Its sandbox is being started or resumed.
    Starting,
    /// Requests are being answered.
    Active {
        /// How many.
        requests: u32,
    },
    /// It runs, and no request is being answered.
    Idle,
    /// Its sandbox is being frozen.
    Suspending,
    /// It goes on in a snapshot.
    Suspended {
        /// Since when.
        at: Timestamp,
        /// Bytes that it takes on disk.
        bytes: u64,
    },
    /// It is over.
    Ended {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}

/// The names of the states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateName {
    /// [`SessionState::Starting`].
    Starting,
    /// [`SessionState::Active`].
    Active,
    /// [`SessionState::Idle`].
    Idle,
    /// [`SessionState::Suspending`].
    Suspending,
    /// [`SessionState::Suspended`].
    Suspended,
    /// [`SessionState::Ended`].
    Ended,
}

impl SessionState {
    /// Its name.
    pub fn name(&self) -> StateName {
        match self {
            Self::Starting => StateName::Starting,
            Self::Active { .. } => StateName::Active,
            Self::Idle => StateName::Idle,
            Self::Suspending => StateName::Suspending,
            Self::Suspended { .. } => StateName::Suspended,
            Self::Ended { .. } => StateName::Ended,
        }
    }
}

impl Runtime {
    /// What the session is like.
    pub async fn session(&self, key: &SessionKey) -> Result<SessionView> {
        self.known_endpoint(key).await?;
        match SESSIONS.get(self.store(), &key.row()).await? {
            Some(entry) => self.look(key.clone(), entry).await,
            None => self.live_view(key).ok_or_else(|| no_session(key)),
        }
    }

    /// The session as its task shows it, or as its record says if it has none. A record that was read while the task
    /// came to its end is read again.
    pub(super) async fn look(&self, key: SessionKey, mut entry: Entry<SessionRow>) -> Result<SessionView> {
        for _ in 1..ATTEMPTS {
            if entry.value.life != (Life::Live {}) || self.0.sessions.find(&key).is_some() {
                break;
            }
            let again = SESSIONS.get(self.store(), &key.row()).await?;
            entry = again.ok_or_else(|| no_session(&key))?;
        }
        Ok(self.view(key, entry))
    }

    pub(crate) fn view(&self, key: SessionKey, entry: Entry<SessionRow>) -> SessionView {
        if let Some(view) = self.live_view(&key) {
            return view;
        }
        let row = entry.value;
        let (state, last_used_at, ends_at) = match row.life {
            Life::Suspended { suspended } => (
                SessionState::Suspended { at: suspended.at, bytes: suspended.bytes },
                suspended.idle_since,
                Some(suspended.ends_at),
            ),
            Life::Ended { ended } => {
                (SessionState::Ended { at: ended.at, reason: ended.reason }, ended.at, None)
            }
            Life::Live {} => {
                let reason = "its end could not be written down".to_owned();
                (SessionState::Ended { at: row.started_at, reason }, row.started_at, None)
            }
        };
        let SessionRow { version, user, started_at, .. } = row;
        SessionView { key, version, state, user, started_at, last_used_at, ends_at }
    }

    fn live_view(&self, key: &SessionKey) -> Option<SessionView> {
        let Glimpse { state, user, started_at, last_used_at, ends_at, version } =
            self.0.sessions.find(key)?.glimpse();
        let last_used_at = last_used_at.unwrap_or_else(|| self.now());
        Some(SessionView { key: key.clone(), version, state, user, started_at, last_used_at, ends_at })
    }
}

pub(super) fn no_session(key: &SessionKey) -> Fault {
    Fault::not_found(format!("There is no session {}.", key.id))
}
