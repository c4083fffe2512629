//! `DELETE sessions/{agentRuntimeId}/{endpointName}/{sessionId}/checkpoints/{name}`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};
use serde::Serialize;

use super::OfCheckpoint;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::spec::{label, literal, operation, session_path};

/// Deletes a checkpoint. Sessions that were started from it have their own copies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeleteCheckpoint;

impl Operation for DeleteCheckpoint {
    type Input = OfCheckpoint;
    type Output = Answer<Deleted>;
    const SPEC: &'static OperationSpec = &operation(
        "DeleteCheckpoint",
        Method::DELETE,
        session_path![literal("checkpoints"), label("name")],
        &[],
        Payload::None,
    );
}

/// Nothing to tell.
#[derive(Debug, Serialize)]
pub(crate) struct Deleted {}

impl Handle<DeleteCheckpoint> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfCheckpoint) -> Result<Answer<Deleted>> {
        let (session, name) = input.parse(call)?;
        self.runtime.delete_checkpoint(&session, &name).await?;
        Ok(Answer(Deleted {}))
    }
}
