//! `POST memories/{memoryId}/reindex`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};

use super::OfMemory;
use super::show::Shown;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::account;
use crate::spec::{label, literal, operation, own_path};

/// Has a memory's search index written anew from what is stored, in the background. How far that is says the memory:
/// `index.waiting` goes down to 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReindexMemory;

impl Operation for ReindexMemory {
    type Input = OfMemory;
    type Output = Answer<Shown>;
    const SPEC: &'static OperationSpec = &operation(
        "ReindexMemory",
        Method::POST,
        own_path![literal("memories"), label("memoryId"), literal("reindex")],
        &[],
        Payload::Members,
    );
}

impl Handle<ReindexMemory> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfMemory) -> Result<Answer<Shown>> {
        self.memory.reindex(&account(call)?, &input.id()?).await?;
        self.shown_memory(call, &input).await
    }
}
