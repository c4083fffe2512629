//! `DELETE keys/{id}`

use fault::Result;
use restjson::rule::ANY;
use restjson::spec::{Method, Payload};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};

use super::shape::ApiKey;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::account;
use crate::spec::{label, literal, operation, own_path};

/// Ends an API key at once. Answers that are under way go on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RevokeApiKey;

impl Operation for RevokeApiKey {
    type Input = OfKey;
    type Output = Answer<ApiKey>;
    const SPEC: &'static OperationSpec = &operation(
        "RevokeApiKey",
        Method::DELETE,
        own_path![literal("keys"), label("id")],
        &[],
        Payload::None,
    );
}

/// Which key.
#[derive(Debug)]
pub(crate) struct OfKey {
    id: String,
}

impl FromDocument for OfKey {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        Some(Self { id: reader.members(value)?.required("id", &ANY)? })
    }
}

impl Handle<RevokeApiKey> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: OfKey) -> Result<Answer<ApiKey>> {
        Ok(Answer(self.keys.revoke(&account(call)?, &input.id).await?.into()))
    }
}
