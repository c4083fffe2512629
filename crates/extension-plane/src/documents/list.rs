//! `GET memories/{memoryId}/documents`

use fault::{Fault, Result};
use memory::knowledge::DocumentName;
use restjson::rule::ANY;
use restjson::spec::{Method, Payload, Scalar};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};
use serde::Serialize;

use super::shape::Shown;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::memories::OfMemory;
use crate::sessions::account;
use crate::spec::{label, literal, operation, own_path, query};

/// Documents at once.
const PAGE: usize = 100;

/// A memory's documents by name, a hundred at once: those after `next` are asked for as `after`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListDocuments;

impl Operation for ListDocuments {
    type Input = Wanted;
    type Output = Answer<Page>;
    const SPEC: &'static OperationSpec = &operation(
        "ListDocuments",
        Method::GET,
        own_path![literal("memories"), label("memoryId"), literal("documents")],
        &[query("after", Scalar::Text)],
        Payload::None,
    );
}

/// Whose, and from where on.
#[derive(Debug)]
pub(crate) struct Wanted {
    memory: OfMemory,
    after: Option<String>,
}

impl FromDocument for Wanted {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let mut members = reader.members(value)?;
        let memory = OfMemory::label(&mut members);
        let after = members.optional("after", &ANY);
        Some(Self { memory: memory?, after })
    }
}

/// Documents by name.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    documents: Vec<Shown>,
    next: Option<String>,
}

impl Handle<ListDocuments> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Wanted) -> Result<Answer<Page>> {
        let after = input.after.map(|name| DocumentName::parse(&name)).transpose();
        let after = after.map_err(|error| Fault::field("after", error.to_string()))?;
        let (account, memory) = (account(call)?, input.memory.id()?);
        let page = self.memory.list_documents(&account, &memory, after.as_ref(), PAGE).await?;
        let documents = page.documents.into_iter().map(Shown::from).collect();
        Ok(Answer(Page { documents, next: page.next.map(Into::into) }))
    }
}
