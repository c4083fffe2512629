//! Agent runtimes: the records and what may be done with them.

mod create;
mod delete;
mod list;
mod read;
mod update;

use ids::{AgentRuntimeId, AgentRuntimeName, AgentVersion, RuntimeArn};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stdx::Timestamp;

use crate::model::{Lifecycle, Status};

pub use create::CreateAgent;
pub use delete::DeletedAgent;
pub use list::AgentSummary;
pub use update::UpdateAgent;

/// A runtime at one of its versions.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    /// Its ARN.
    pub arn: RuntimeArn,
    /// Its name.
    pub name: AgentRuntimeName,
    /// The version shown.
    pub version: AgentVersion,
    /// When the runtime was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Its state.
    pub status: Status,
    /// Why the version could not be built.
    pub failure: Option<String>,
    /// How long its sessions live.
    pub lifecycle: Lifecycle,
    /// The members of the request that described the version, as they came.
    pub document: Value,
}

/// What creating or updating a runtime answers. Kept with the client token, to be answered again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcceptedAgent {
    /// The runtime's id.
    pub id: AgentRuntimeId,
    /// The version that is now being built.
    pub version: AgentVersion,
    /// When the runtime was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Its state.
    pub status: Status,
}
