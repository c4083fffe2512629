//! `DELETE sessions/{agentRuntimeId}/{endpointName}/{sessionId}`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};
use serde::Serialize;

use super::OfSession;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::spec::{operation, session_path};

/// Ends a session: what runs, and what is kept of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StopSession;

impl Operation for StopSession {
    type Input = OfSession;
    type Output = Answer<Stopped>;
    const SPEC: &'static OperationSpec =
        &operation("StopSession", Method::DELETE, session_path![], &[], Payload::None);
}

/// Nothing to tell.
#[derive(Debug, Serialize)]
pub(crate) struct Stopped {}

impl Handle<StopSession> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfSession) -> Result<Answer<Stopped>> {
        self.runtime.stop_session(&input.key(call)?, None).await?;
        Ok(Answer(Stopped {}))
    }
}
