//! `POST sessions/{agentRuntimeId}/{endpointName}/{sessionId}/checkpoints`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};

use super::{Checkpoint, OfCheckpoint};
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::spec::{literal, operation, session_path};

/// Keeps the state that a session is in, memory and disk, under a name. The session goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CreateCheckpoint;

impl Operation for CreateCheckpoint {
    type Input = OfCheckpoint;
    type Output = Answer<Checkpoint>;
    const SPEC: &'static OperationSpec = &operation(
        "CreateCheckpoint",
        Method::POST,
        session_path![literal("checkpoints")],
        &[],
        Payload::Members,
    );
}

impl Handle<CreateCheckpoint> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfCheckpoint) -> Result<Answer<Checkpoint>> {
        let (session, name) = input.parse(call)?;
        Ok(Answer(self.runtime.create_checkpoint(&session, name).await?.into()))
    }
}
