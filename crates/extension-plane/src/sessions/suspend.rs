//! `POST sessions/{agentRuntimeId}/{endpointName}/{sessionId}/suspend`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};

use super::{OfSession, Session};
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::spec::{literal, operation, session_path};

/// Puts a session that does nothing to disk at once. One that is suspended stays so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SuspendSession;

impl Operation for SuspendSession {
    type Input = OfSession;
    type Output = Answer<Session>;
    const SPEC: &'static OperationSpec =
        &operation("SuspendSession", Method::POST, session_path![literal("suspend")], &[], Payload::None);
}

impl Handle<SuspendSession> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfSession) -> Result<Answer<Session>> {
        let view = self.runtime.suspend_session(&input.key(call)?).await?;
        Ok(Answer(view.into()))
    }
}
