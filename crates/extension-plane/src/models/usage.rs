//! `GET models/usage`

use fault::{Fault, Result};
use models::{By, UsageQuery};
use restjson::rule::ANY;
use restjson::spec::{Method, Payload, Scalar};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};

use super::used::{ModelUsage, summary};
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::spec::{literal, operation, own_path, query};
use crate::usage::point_in_time;

/// What an account's calls of models took in a time: by name, model, agent, session, user or day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GetModelUsage;

impl Operation for GetModelUsage {
    type Input = Wanted;
    type Output = Answer<ModelUsage>;
    const SPEC: &'static OperationSpec = &operation(
        "GetModelUsage",
        Method::GET,
        own_path![literal("models"), literal("usage")],
        &[query("from", Scalar::Text), query("until", Scalar::Text), query("by", Scalar::Text)],
        Payload::None,
    );
}

/// Which usage.
#[derive(Debug)]
pub(crate) struct Wanted {
    from: Option<String>,
    until: Option<String>,
    by: Option<String>,
}

impl FromDocument for Wanted {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let mut members = reader.members(value)?;
        Some(Self {
            from: members.optional("from", &ANY),
            until: members.optional("until", &ANY),
            by: members.optional("by", &ANY),
        })
    }
}

impl Handle<GetModelUsage> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Wanted) -> Result<Answer<ModelUsage>> {
        let from = input.from.as_deref().map(|text| point_in_time("from", text)).transpose()?;
        let until = input.until.as_deref().map(|text| point_in_time("until", text)).transpose()?;
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            return Err(Fault::field("from", "must lie before `until`"));
        }
        let by = input.by.as_deref().map_or(Some(By::default()), By::parse);
        let by = by.ok_or_else(|| Fault::field("by", "must be alias, model, agent, session, user or day"))?;
        let query = UsageQuery { account: call.account().to_owned(), from, until, by };
        Ok(Answer(summary(&self.models, &query).await?))
    }
}
