//! `GET usage`

use ::models::UsageQuery;
use fault::{Fault, Kind, Result};
use metering::{By, Query};
use restjson::rule::ANY;
use restjson::spec::{Method, Payload, Scalar};
use restjson::timestamp::from_text;
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};
use serde::Serialize;
use stdx::Timestamp;

use super::memories::MemoryUsage;
use super::shape::Bill;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::models::{ModelUsage, summary};
use crate::sessions::account;
use crate::spec::{literal, operation, own_path, query};

/// The account's bill for a time: by agent, session or user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GetUsage;

impl Operation for GetUsage {
    type Input = Wanted;
    type Output = Answer<Whole>;
    const SPEC: &'static OperationSpec = &operation(
        "GetUsage",
        Method::GET,
        own_path![literal("usage")],
        &[query("from", Scalar::Text), query("until", Scalar::Text), query("by", Scalar::Text)],
        Payload::None,
    );
}

/// What sandboxes and what models took, and what memories were used for.
#[derive(Debug, Serialize)]
pub(crate) struct Whole {
    #[serde(flatten)]
    sandboxes: Bill,
    models: ModelUsage,
    memories: MemoryUsage,
}

/// Which bill.
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

impl Wanted {
    fn query(&self, call: &Call) -> Result<Query> {
        let from = self.from.as_deref().map(|text| point_in_time("from", text)).transpose()?;
        let until = self.until.as_deref().map(|text| point_in_time("until", text)).transpose()?;
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            return Err(Fault::field("from", "must lie before `until`"));
        }
        let by = self.by.as_deref().map_or(Some(By::default()), By::parse);
        let by = by.ok_or_else(|| Fault::field("by", "must be agent, session or user"))?;
        Ok(Query { account: account(call)?, from, until, by })
    }
}

/// A moment, or the beginning of a day.
pub(crate) fn point_in_time(member: &'static str, text: &str) -> Result<Timestamp> {
    let day = || from_text(&format!("{text}T00:00:00Z"));
    let moment = from_text(text).or_else(day).filter(|moment| moment.as_millis() >= 0);
    moment.ok_or_else(|| {
        Fault::field(
            member,
            "must be a date and time such as 2026-12-01T08:00:00Z, or a date such as 2026-12-01",
        )
    })
}

impl Handle<GetUsage> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Wanted) -> Result<Answer<Whole>> {
        let query = input.query(call)?;
        let bill = self.metering.bill(&query).await.map_err(|fault| match fault.kind() {
            Kind::InvalidInput => Fault::field("from", fault.message()),
            _ => fault,
        })?;
        let by = match query.by {
            By::Agent => ::models::By::Agent,
            By::Session => ::models::By::Session,
            By::User => ::models::By::User,
        };
        let (from, until) = (query.from, query.until);
        let memories = self.memory.usage(&query.account, from, until).await?.into();
        let account = query.account.to_string();
        let models = summary(&self.models, &UsageQuery { account, from, until, by }).await?;
        Ok(Answer(Whole { sandboxes: Bill::new(query.by, bill), models, memories }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_its_beginning() {
        let day = point_in_time("from", "2026-12-01").unwrap();
        assert_eq!(point_in_time("from", "2026-12-01T00:00:00Z").unwrap(), day);
        assert_eq!(point_in_time("from", "2026-12-01T02:00:00+02:00").unwrap(), day);
        assert_eq!(point_in_time("from", &day.as_secs().to_string()).unwrap(), day);
        for bad in ["", "yesterday", "2026-13-01", "-5"] {
            assert!(point_in_time("from", bad).is_err(), "{bad}");
        }
    }
}
