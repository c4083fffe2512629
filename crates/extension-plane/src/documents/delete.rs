//! `DELETE memories/{memoryId}/documents/{documentName}`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};
use serde::Serialize;

use super::wanted::OfDocument;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::account;
use crate::spec::{label, literal, operation, own_path};

/// Removes a document with its pieces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeleteDocument;

impl Operation for DeleteDocument {
    type Input = OfDocument;
    type Output = Answer<Deleted>;
    const SPEC: &'static OperationSpec = &operation(
        "DeleteDocument",
        Method::DELETE,
        own_path![literal("memories"), label("memoryId"), literal("documents"), label("documentName")],
        &[],
        Payload::None,
    );
}

/// Nothing to tell.
#[derive(Debug, Serialize)]
pub(crate) struct Deleted {}

impl Handle<DeleteDocument> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfDocument) -> Result<Answer<Deleted>> {
        let (account, memory, name) = (account(call)?, input.memory.id()?, input.name()?);
        self.memory.delete_document(&account, &memory, &name).await?;
        Ok(Answer(Deleted {}))
    }
}
