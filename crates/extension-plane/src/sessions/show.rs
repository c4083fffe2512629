//! `GET sessions/{agentRuntimeId}/{endpointName}/{sessionId}`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};

use super::{OfSession, Session};
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::spec::{operation, session_path};

/// One session, also for a while after it has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GetSession;

impl Operation for GetSession {
    type Input = OfSession;
    type Output = Answer<Session>;
    const SPEC: &'static OperationSpec =
        &operation("GetSession", Method::GET, session_path![], &[], Payload::None);
}

impl Handle<GetSession> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfSession) -> Result<Answer<Session>> {
        let view = self.runtime.session(&input.key(call)?).await?;
        Ok(Answer(view.into()))
    }
}
