//! `GET sessions/{agentRuntimeId}/{endpointName}/{sessionId}/checkpoints`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};
use serde::Serialize;

use super::Checkpoint;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::OfSession;
use crate::spec::{literal, operation, session_path};

/// A session's checkpoints, all at once: there is a limit to them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListCheckpoints;

impl Operation for ListCheckpoints {
    type Input = OfSession;
    type Output = Answer<Listed>;
    const SPEC: &'static OperationSpec =
        &operation("ListCheckpoints", Method::GET, session_path![literal("checkpoints")], &[], Payload::None);
}

/// Checkpoints by name.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    checkpoints: Vec<Checkpoint>,
}

impl Handle<ListCheckpoints> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfSession) -> Result<Answer<Listed>> {
        let key = input.key(call)?;
        let views = self.runtime.list_checkpoints(&key.account, &key.runtime, Some(&key.id)).await?;
        let own = views.into_iter().filter(|view| view.session == key);
        Ok(Answer(Listed { checkpoints: own.map(Checkpoint::from).collect() }))
    }
}
