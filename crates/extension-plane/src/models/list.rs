//! `GET models`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};

use super::listed::Listed;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::spec::{literal, operation, own_path};

/// Everything that the models file says, with how it does; and what is wrong with the file, if anything is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListModels;

impl Operation for ListModels {
    type Input = All;
    type Output = Answer<Listed>;
    const SPEC: &'static OperationSpec =
        &operation("ListModels", Method::GET, own_path![literal("models")], &[], Payload::None);
}

/// Nothing to choose from.
#[derive(Debug)]
pub(crate) struct All;

impl FromDocument for All {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        reader.members(value).map(|_| Self)
    }
}

impl Handle<ListModels> for ExtensionPlane {
    async fn handle(&self, _: &Call, _: All) -> Result<Answer<Listed>> {
        Ok(Answer(self.models.list().await.into()))
    }
}
