//! A service's state under its name on the wire, where two types of the model have the same values.

use control_api::runtimes::{AgentRuntime, AgentRuntimeEndpointStatus};
use control_api::shared::AgentRuntimeStatus;
use restjson::Iso8601;
use runtime::Status;
use runtime::agents::AgentSummary;

pub(super) fn agent(status: Status) -> AgentRuntimeStatus {
    match status {
        Status::Creating => AgentRuntimeStatus::Creating,
        Status::CreateFailed => AgentRuntimeStatus::CreateFailed,
        Status::Updating => AgentRuntimeStatus::Updating,
        Status::UpdateFailed => AgentRuntimeStatus::UpdateFailed,
        Status::Ready => AgentRuntimeStatus::Ready,
        Status::Deleting => AgentRuntimeStatus::Deleting,
    }
}

pub(super) fn endpoint(status: Status) -> AgentRuntimeEndpointStatus {
    match status {
        Status::Creating => AgentRuntimeEndpointStatus::Creating,
        Status::CreateFailed => AgentRuntimeEndpointStatus::CreateFailed,
        Status::Updating => AgentRuntimeEndpointStatus::Updating,
        Status::UpdateFailed => AgentRuntimeEndpointStatus::UpdateFailed,
        Status::Ready => AgentRuntimeEndpointStatus::Ready,
        Status::Deleting => AgentRuntimeEndpointStatus::Deleting,
    }
}

/// A runtime or version in a listing.
pub(super) fn summary(row: AgentSummary) -> AgentRuntime {
    AgentRuntime {
        agent_runtime_arn: row.arn.to_string(),
        agent_runtime_id: row.arn.runtime.to_string(),
        agent_runtime_version: row.version.to_string(),
        agent_runtime_name: row.name.to_string(),
        description: row.description.unwrap_or_default().into(),
        last_updated_at: Iso8601(row.updated_at),
        status: agent(row.status),
    }
}
