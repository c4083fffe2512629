//! What is stored, and where.

use std::collections::BTreeMap;

use ids::{AccountId, AgentRuntimeId, AgentRuntimeName, AgentVersion, EndpointName};
use sandbox::SnapshotName;
use serde::{Deserialize, Serialize};
use stdx::{Rng, Timestamp};
use store::{Digest, Key, Space, Table};

use crate::model::{AgentSpec, Status};

/// Runtimes by account and id.
pub(crate) const AGENTS: Table<AgentRow> = Table::new(Space::new("agent-runtimes"));
/// The id of the runtime that has a name: by account and name.
pub(crate) const AGENT_NAMES: Table<AgentRuntimeId> = Table::new(Space::new("agent-runtime-names"));
/// Versions by account, runtime and number.
pub(crate) const VERSIONS: Table<VersionRow> = Table::new(Space::new("agent-runtime-versions"));
/// Endpoints by account, runtime and name.
pub(crate) const ENDPOINTS: Table<EndpointRow> = Table::new(Space::new("agent-runtime-endpoints"));
/// Work that the builder has yet to do: one empty row for each version to build.
pub(crate) const BUILDS: Table<()> = Table::new(Space::new("agent-runtime-builds"));
/// Runtimes whose removal has begun.
pub(crate) const DELETIONS: Table<()> = Table::new(Space::new("agent-runtime-deletions"));
/// Sessions by account, runtime, endpoint and session id.
pub(crate) const SESSIONS: Table<SessionRow> = Table::new(Space::new("agent-runtime-sessions"));
/// Checkpoints by account, runtime, endpoint, session id and name.
pub(crate) const CHECKPOINTS: Table<CheckpointRow> = Table::new(Space::new("agent-runtime-checkpoints"));
/// Tags by account and ARN.
pub(crate) const TAGS: Table<TagsRow> = Table::new(Space::new("tags"));

/// An agent runtime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AgentRow {
    pub(crate) account: AccountId,
    pub(crate) id: AgentRuntimeId,
    pub(crate) name: AgentRuntimeName,
    pub(crate) latest: AgentVersion,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleting: bool,
}

/// One immutable version; only its state changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VersionRow {
    pub(crate) runtime: AgentRuntimeId,
    pub(crate) number: AgentVersion,
    pub(crate) spec: AgentSpec,
    pub(crate) code: Digest,
    pub(crate) state: VersionState,
    pub(crate) created_at: Timestamp,
}

/// How far a version is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(crate) enum VersionState {
    /// Its template is being made.
    Building,
    /// Sessions can be started from it.
    Ready,
    /// It could not be built.
    Failed { reason: String },
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EndpointRow {
    pub(crate) runtime: AgentRuntimeId,
    pub(crate) name: EndpointName,
    /// Its id: the name and a suffix.
    pub(crate) id: String,
    pub(crate) target: AgentVersion,
    pub(crate) live: Option<AgentVersion>,
    pub(crate) description: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A session's last known state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SessionRow {
    pub(crate) version: AgentVersion,
    pub(crate) started_at: Timestamp,
    /// On whose behalf it was opened, if its caller said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// Why it had to begin anew instead of going on where it was suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) restarted: Option<String>,
    #[serde(flatten)]
    pub(crate) life: Life,
}

/// Whether and how a session lives. The first that fits is read, so the order matters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Life {
    /// It is over.
    Ended { ended: SessionEnd },
    /// It goes on in a snapshot.
    Suspended { suspended: Suspension },
    /// It may have a sandbox, in the process that wrote this.
    Live {},
}

/// When and why a session ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SessionEnd {
    pub(crate) at: Timestamp,
    pub(crate) reason: String,
}

/// Where a suspended session goes on, and until when it may.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Suspension {
    pub(crate) snapshot: SnapshotName,
    pub(crate) bytes: u64,
    /// The host name of the machine in it.
    pub(crate) hostname: String,
    pub(crate) at: Timestamp,
    pub(crate) idle_since: Timestamp,
    /// When it ends unless it is used.
    pub(crate) expires_at: Timestamp,
    /// When it ends in any case.
    pub(crate) ends_at: Timestamp,
    /// Whether its machine is a clone that has not run yet.
    #[serde(default)]
    pub(crate) forked: bool,
}

/// What a session was at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CheckpointRow {
    pub(crate) snapshot: SnapshotName,
    pub(crate) bytes: u64,
    /// The host name of the machine in it.
    pub(crate) hostname: String,
    pub(crate) version: AgentVersion,
    pub(crate) created_at: Timestamp,
}

/// Tags of one resource.
pub(crate) type TagsRow = BTreeMap<String, String>;

impl SessionRow {
    /// A session that begins.
    pub(crate) fn live(version: AgentVersion, started_at: Timestamp, user: Option<String>) -> Self {
        Self { version, started_at, user, restarted: None, life: Life::Live {} }
    }

    pub(crate) fn ended(&self, at: Timestamp, reason: String) -> Self {
        Self { life: Life::Ended { ended: SessionEnd { at, reason } }, ..self.clone() }
    }

    pub(crate) fn suspension(&self) -> Option<&Suspension> {
        match &self.life {
            Life::Suspended { suspended } => Some(suspended),
            Life::Ended { .. } | Life::Live {} => None,
        }
    }
}

impl AgentRow {
    pub(crate) fn key(&self) -> Key {
        agent_key(&self.account, &self.id)
    }

    /// The documented state, from the state of the version in question.
    pub(crate) fn status(&self, version: &VersionRow) -> Status {
        let first = version.number == AgentVersion::FIRST;
        match (&version.state, first) {
            _ if self.deleting => Status::Deleting,
            (VersionState::Building, true) => Status::Creating,
            (VersionState::Building, false) => Status::Updating,
            (VersionState::Failed { .. }, true) => Status::CreateFailed,
            (VersionState::Failed { .. }, false) => Status::UpdateFailed,
            (VersionState::Ready, _) => Status::Ready,
        }
    }
}

impl VersionRow {
    pub(crate) fn failure(&self) -> Option<&str> {
        match &self.state {
            VersionState::Failed { reason } => Some(reason),
            VersionState::Building | VersionState::Ready => None,
        }
    }
}

impl EndpointRow {
    /// A new endpoint that is to point at `target` once that can be.
    pub(crate) fn new(
        runtime: &AgentRuntimeId,
        name: EndpointName,
        target: AgentVersion,
        now: Timestamp,
        rng: &dyn Rng,
    ) -> Self {
        let id = format!("{name}-{}", rng.alphanumeric(10));
        Self {
            runtime: runtime.clone(),
            name,
            id,
            target,
            live: None,
            description: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// The documented state, from the state of the version it is to point at.
    pub(crate) fn status(&self, target: &VersionState) -> Status {
        match (target, self.live) {
            (_, Some(live)) if live == self.target => Status::Ready,
            (VersionState::Failed { .. }, None) => Status::CreateFailed,
            (VersionState::Failed { .. }, Some(_)) => Status::UpdateFailed,
            (VersionState::Building | VersionState::Ready, None) => Status::Creating,
            (VersionState::Building | VersionState::Ready, Some(_)) => Status::Updating,
        }
    }
}

pub(crate) fn agent_key(account: &AccountId, id: &AgentRuntimeId) -> Key {
    Key::of([account.as_str(), id.as_str()])
}

pub(crate) fn name_key(account: &AccountId, name: &AgentRuntimeName) -> Key {
    Key::of([account.as_str(), name.as_str()])
}

pub(crate) fn version_key(account: &AccountId, id: &AgentRuntimeId, number: AgentVersion) -> Key {
    Key::of([account.as_str(), id.as_str(), &number.sort_key()])
}

pub(crate) fn endpoint_key(account: &AccountId, id: &AgentRuntimeId, name: &EndpointName) -> Key {
    Key::of([account.as_str(), id.as_str(), name.as_str()])
}

/// Who claims the code of a version.
pub(crate) fn claimant(id: &AgentRuntimeId, number: AgentVersion) -> [String; 3] {
    [CLAIMANTS.to_owned(), id.to_string(), number.to_string()]
}

/// How the claims of versions begin.
pub(crate) const CLAIMANTS: &str = "agent-runtime-version";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sessions_are_read_as_they_were_written_before_and_as_they_are_written_now() {
        let before = json!({ "version": "1", "started_at": 5, "ended": null });
        let row: SessionRow = serde_json::from_value(before).unwrap();
        let number = AgentVersion::FIRST;
        assert_eq!(row, SessionRow::live(number, Timestamp::from_millis(5), None));
        let before = json!({ "version": "1", "started_at": 5, "ended": { "at": 7, "reason": "it was idle for too long" } });
        let ended: SessionRow = serde_json::from_value(before).unwrap();
        assert_eq!(ended, row.ended(Timestamp::from_millis(7), "it was idle for too long".to_owned()));
        let suspended = Suspension {
            snapshot: SnapshotName::parse("some").unwrap(),
            bytes: 9,
            hostname: "host".to_owned(),
            at: Timestamp::from_millis(8),
            idle_since: Timestamp::from_millis(6),
            expires_at: Timestamp::from_millis(90),
            ends_at: Timestamp::from_millis(99),
            forked: true,
        };
        let user = Some("somebody".to_owned());
        let suspended = SessionRow { user, life: Life::Suspended { suspended }, ..row.clone() };
        for row in [row, ended, suspended] {
            let text = serde_json::to_string(&row).unwrap();
            assert_eq!(serde_json::from_str::<SessionRow>(&text).unwrap(), row, "{text}");
        }
    }
}
