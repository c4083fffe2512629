//! `POST keys`

use fault::Result;
use restjson::rule::ANY;
use restjson::spec::{Method, Payload};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};
use serde::Serialize;

use super::shape::ApiKey;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::account;
use crate::spec::{literal, operation, own_path};
use crate::usage::point_in_time;

/// Makes an API key. The answer is the only place where the key is ever shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CreateApiKey;

impl Operation for CreateApiKey {
    type Input = Wanted;
    type Output = Answer<Created>;
    const SPEC: &'static OperationSpec =
        &operation("CreateApiKey", Method::POST, own_path![literal("keys")], &[], Payload::Members);
}

/// Which key.
#[derive(Debug)]
pub(crate) struct Wanted {
    name: String,
    expires_at: Option<String>,
}

impl FromDocument for Wanted {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let mut members = reader.members(value)?;
        let (name, expires_at) = (members.required("name", &ANY), members.optional("expiresAt", &ANY));
        Some(Self { name: name?, expires_at })
    }
}

/// The key, this once.
#[derive(Serialize)]
pub(crate) struct Created {
    key: String,
    #[serde(flatten)]
    shown: ApiKey,
}

impl Handle<CreateApiKey> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Wanted) -> Result<Answer<Created>> {
        let end = input.expires_at.as_deref().map(|text| point_in_time("expiresAt", text)).transpose()?;
        let (key, view) = self.keys.create(&account(call)?, &input.name, end).await?;
        Ok(Answer(Created { key: key.expose().to_owned(), shown: view.into() }))
    }
}
