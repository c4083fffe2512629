//! `GET keys`

use fault::Result;
use restjson::spec::{Method, Payload};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};
use serde::Serialize;

use super::shape::ApiKey;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::account;
use crate::spec::{literal, operation, own_path};

/// The account's API keys, all at once: there is a limit to them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListApiKeys;

impl Operation for ListApiKeys {
    type Input = All;
    type Output = Answer<Listed>;
    const SPEC: &'static OperationSpec =
        &operation("ListApiKeys", Method::GET, own_path![literal("keys")], &[], Payload::None);
}

/// There is nothing to choose from.
#[derive(Debug)]
pub(crate) struct All;

impl FromDocument for All {
    fn read(_: Value, _: &'static Rule, _: &mut Reader) -> Option<Self> {
        Some(Self)
    }
}

/// Keys, the oldest first.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    keys: Vec<ApiKey>,
}

impl Handle<ListApiKeys> for ExtensionPlane {
    async fn handle(&self, call: &Call, _: All) -> Result<Answer<Listed>> {
        let views = self.keys.list(&account(call)?).await?;
        Ok(Answer(Listed { keys: views.into_iter().map(ApiKey::from).collect() }))
    }
}
