//! `POST sessions/{agentRuntimeId}/{endpointName}/{sessionId}/resume`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};

use super::{OfSession, Session};
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::spec::{literal, operation, session_path};

/// Brings a suspended session back before anybody asks it something. One that lives stays as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResumeSession;

impl Operation for ResumeSession {
    type Input = OfSession;
    type Output = Answer<Session>;
    const SPEC: &'static OperationSpec =
        &operation("ResumeSession", Method::POST, session_path![literal("resume")], &[], Payload::None);
}

impl Handle<ResumeSession> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfSession) -> Result<Answer<Session>> {
        let view = self.runtime.resume_session(&input.key(call)?).await?;
        Ok(Answer(view.into()))
    }
}
