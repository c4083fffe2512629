//! `POST sessions/{agentRuntimeId}/{endpointName}/{sourceSessionId}/checkpoints/{name}/fork`

use fault::{Fault, Result};
use ids::RuntimeSessionId;
use restjson::rule::ANY;
use restjson::spec::{Method, Payload};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};

use super::OfCheckpoint;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::Session;
use crate::spec::{label, literal, operation, own_path};

/// Starts a new session from a checkpoint, suspended until its first request. The old one is left alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForkSession;

impl Operation for ForkSession {
    type Input = Fork;
    type Output = Answer<Session>;
    const SPEC: &'static OperationSpec = &operation(
        "ForkSession",
        Method::POST,
        // The body says `sessionId` for the new one, so the old one's has another name here.
        own_path![
            literal("sessions"),
            label("agentRuntimeId"),
            label("endpointName"),
            label("sourceSessionId"),
            literal("checkpoints"),
            label("name"),
            literal("fork"),
        ],
        &[],
        Payload::Members,
    );
}

/// From where, and to where if the caller cares.
#[derive(Debug)]
pub(crate) struct Fork {
    checkpoint: OfCheckpoint,
    session: Option<String>,
}

impl FromDocument for Fork {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let mut members = reader.members(value)?;
        let checkpoint = OfCheckpoint::members(&mut members, "sourceSessionId");
        let session = members.optional("sessionId", &ANY);
        Some(Self { checkpoint: checkpoint?, session })
    }
}

impl Handle<ForkSession> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Fork) -> Result<Answer<Session>> {
        let (source, name) = input.checkpoint.parse(call)?;
        let new = match &input.session {
            Some(id) => {
                RuntimeSessionId::parse(id).map_err(|error| Fault::field("sessionId", error.to_string()))?
            }
            None => self.runtime.new_session_id(),
        };
        Ok(Answer(self.runtime.fork_session(&source, &name, new).await?.into()))
    }
}
