//! `POST sessions/{agentRuntimeId}/{endpointName}/{sessionId}/checkpoints/{name}/rewind`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};

use super::OfCheckpoint;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::Session;
use crate::spec::{label, literal, operation, session_path};

/// Takes a session back to a checkpoint. What runs is ended; the next request finds the state of then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RewindSession;

impl Operation for RewindSession {
    type Input = OfCheckpoint;
    type Output = Answer<Session>;
    const SPEC: &'static OperationSpec = &operation(
        "RewindSession",
        Method::POST,
        session_path![literal("checkpoints"), label("name"), literal("rewind")],
        &[],
        Payload::None,
    );
}

impl Handle<RewindSession> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfCheckpoint) -> Result<Answer<Session>> {
        let (session, name) = input.parse(call)?;
        Ok(Answer(self.runtime.rewind_session(&session, &name).await?.into()))
    }
}
