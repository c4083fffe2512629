//! `DELETE sessions/{agentRuntimeId}/{endpointName}/{sessionId}`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};

use super::{OfSession, Session};
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::spec::{operation, session_path};

/// Ends a session: what runs, and what is kept of it. Ending one that has ended is no error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StopSession;

impl Operation for StopSession {
    type Input = OfSession;
    type Output = Answer<Session>;
    const SPEC: &'static OperationSpec =
        &operation("StopSession", Method::DELETE, session_path![], &[], Payload::None);
}

impl Handle<StopSession> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfSession) -> Result<Answer<Session>> {
        let key = input.key(call)?;
        self.runtime.stop_session(&key, None).await?;
        Ok(Answer(self.runtime.session(&key).await?.into()))
    }
}
