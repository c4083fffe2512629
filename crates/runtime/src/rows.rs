//! What is stored, and where.

use std::collections::BTreeMap;

use ids::{AccountId, AgentRuntimeId, AgentRuntimeName, AgentVersion, EndpointName};
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
    pub(crate) ended: Option<SessionEnd>,
}

/// When and why a session ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SessionEnd {
    pub(crate) at: Timestamp,
    pub(crate) reason: String,
}

/// Tags of one resource.
pub(crate) type TagsRow = BTreeMap<String, String>;

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
