//! A checkpoint as answers show it.

use runtime::checkpoints::CheckpointView;
use serde::Serialize;

use crate::answer::moment;

/// A checkpoint as answers show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Checkpoint {
    agent_runtime_id: String,
    endpoint_name: String,
    session_id: String,
    name: String,
    agent_runtime_version: String,
    created_at: String,
    stored_bytes: u64,
}

impl From<CheckpointView> for Checkpoint {
    fn from(view: CheckpointView) -> Self {
        let CheckpointView { session, name, created_at, bytes, version } = view;
        Self {
            agent_runtime_id: session.runtime.to_string(),
            endpoint_name: session.endpoint.to_string(),
            session_id: session.id.to_string(),
            name: name.to_string(),
            agent_runtime_version: version.to_string(),
            created_at: moment(created_at),
            stored_bytes: bytes,
        }
    }
}
