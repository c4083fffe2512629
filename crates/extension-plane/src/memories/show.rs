//! `GET memories/{memoryId}`

use fault::Result;
use memory::Undelivered;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};
use serde::Serialize;

use super::OfMemory;
use super::shape::{Memory, ShownStrategy};
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::account;
use crate::spec::{label, literal, operation, own_path};

/// One memory: its strategies, what is in it, how it is searched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShowMemory;

impl Operation for ShowMemory {
    type Input = OfMemory;
    type Output = Answer<Shown>;
    const SPEC: &'static OperationSpec = &operation(
        "ShowMemory",
        Method::GET,
        own_path![literal("memories"), label("memoryId")],
        &[],
        Payload::None,
    );
}

/// A memory with its details.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    #[serde(flatten)]
    memory: Memory,
    arn: String,
    event_expiry_days: u32,
    /// Whose vectors its records have.
    embedder: Option<String>,
    strategies: Vec<ShownStrategy>,
    /// What it could not tell others yet.
    undelivered: Vec<Waiting>,
}

/// Notices that wait.
#[derive(Debug, Serialize)]
struct Waiting {
    to: String,
    waiting: u64,
    reason: Option<String>,
}

impl From<Undelivered> for Waiting {
    fn from(Undelivered { to, waiting, reason }: Undelivered) -> Self {
        Self { to, waiting, reason }
    }
}

impl ExtensionPlane {
    /// A memory as it is now.
    pub(super) async fn shown_memory(&self, call: &Call, memory: &OfMemory) -> Result<Answer<Shown>> {
        let (account, id) = (account(call)?, memory.id()?);
        let definition = self.memory.get_memory(&account, &id).await?;
        let overview = self.memory.overview(&account, &id).await?;
        let undelivered = self.memory.undelivered(&account, &id).await?;
        Ok(Answer(Shown {
            memory: Memory::new(&definition, &overview),
            arn: self.memory.arn(&account, &id).to_string(),
            event_expiry_days: definition.event_expiry_days,
            embedder: overview.embedder,
            strategies: definition.strategies.iter().map(ShownStrategy::from).collect(),
            undelivered: undelivered.into_iter().map(Waiting::from).collect(),
        }))
    }
}

impl Handle<ShowMemory> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfMemory) -> Result<Answer<Shown>> {
        self.shown_memory(call, &input).await
    }
}
