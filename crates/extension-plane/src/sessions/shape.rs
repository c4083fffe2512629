//! A session as answers show it.

use runtime::sessions::{SessionState, SessionView, StateName};
use serde::Serialize;

use crate::answer::moment;

/// A session as answers show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    agent_runtime_id: String,
    endpoint_name: String,
    session_id: String,
    agent_runtime_version: String,
    state: &'static str,
    user_id: Option<String>,
    started_at: String,
    last_used_at: String,
    ends_at: Option<String>,
    #[serde(flatten)]
    detail: Detail,
}

/// What only sessions in some states have.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    requests: Option<u32>,
    suspended_at: Option<String>,
    stored_bytes: Option<u64>,
    ended_at: Option<String>,
    end_reason: Option<String>,
}

impl From<SessionView> for Session {
    fn from(view: SessionView) -> Self {
        let SessionView { key, version, state, user, started_at, last_used_at, ends_at } = view;
        Self {
            agent_runtime_id: key.runtime.to_string(),
            endpoint_name: key.endpoint.to_string(),
            session_id: key.id.to_string(),
            agent_runtime_version: version.to_string(),
            state: state_name(state.name()),
            user_id: user,
            started_at: moment(started_at),
            last_used_at: moment(last_used_at),
            ends_at: ends_at.map(moment),
            detail: Detail::of(state),
        }
    }
}

impl Detail {
    fn of(state: SessionState) -> Self {
        let nothing = Self::default();
        match state {
            SessionState::Active { requests } => Self { requests: Some(requests), ..nothing },
            SessionState::Suspended { at, bytes } => {
                Self { suspended_at: Some(moment(at)), stored_bytes: Some(bytes), ..nothing }
            }
            SessionState::Ended { at, reason } => {
                Self { ended_at: Some(moment(at)), end_reason: Some(reason), ..nothing }
            }
            SessionState::Starting | SessionState::Idle | SessionState::Suspending => nothing,
        }
    }
}

const STATES: [(StateName, &str); 6] = [
    (StateName::Starting, "STARTING"),
    (StateName::Active, "ACTIVE"),
    (StateName::Idle, "IDLE"),
    (StateName::Suspending, "SUSPENDING"),
    (StateName::Suspended, "SUSPENDED"),
    (StateName::Ended, "ENDED"),
];

fn state_name(state: StateName) -> &'static str {
    STATES.iter().find(|(known, _)| *known == state).map_or("UNKNOWN", |(_, name)| name)
}

/// The state that a caller asks for.
pub(super) fn state_named(text: &str) -> Result<StateName, String> {
    let found = STATES.iter().find(|(_, name)| *name == text).map(|(state, _)| *state);
    found.ok_or_else(|| format!("must be one of {}", STATES.map(|(_, name)| name).join(", ")))
}
