//! `GET memories/{memoryId}/documents/{documentName}`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, Handle, Operation, OperationSpec};
use serde::Serialize;

use super::shape::{Piece, Shown};
use super::wanted::OfDocument;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::account;
use crate::spec::{label, literal, operation, own_path};

/// A document with its pieces, without those that somebody removed by hand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShowDocument;

impl Operation for ShowDocument {
    type Input = OfDocument;
    type Output = Answer<Whole>;
    const SPEC: &'static OperationSpec = &operation(
        "ShowDocument",
        Method::GET,
        own_path![literal("memories"), label("memoryId"), literal("documents"), label("documentName")],
        &[],
        Payload::None,
    );
}

/// A document, and what it was cut into.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Whole {
    document: Shown,
    pieces: Vec<Piece>,
}

impl Handle<ShowDocument> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfDocument) -> Result<Answer<Whole>> {
        let (account, memory, name) = (account(call)?, input.memory.id()?, input.name()?);
        let document = self.memory.get_document(&account, &memory, &name).await?;
        let pieces = self.memory.document_pieces(&account, &memory, &name).await?;
        let pieces = pieces.into_iter().filter_map(Piece::of).collect();
        Ok(Answer(Whole { document: document.into(), pieces }))
    }
}
