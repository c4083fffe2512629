//! `GET usage/memories`

use fault::{Fault, Result};
use memory::usage::{Bill, Totals};
use restjson::rule::ANY;
use restjson::spec::{Method, Payload, Scalar};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};
use serde::Serialize;

use super::point_in_time;
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::sessions::account;
use crate::spec::{literal, operation, own_path, query};

/// What the account's memories were used for in a time, and what that costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GetMemoryUsage;

impl Operation for GetMemoryUsage {
    type Input = Wanted;
    type Output = Answer<MemoryUsage>;
    const SPEC: &'static OperationSpec = &operation(
        "GetMemoryUsage",
        Method::GET,
        own_path![literal("usage"), literal("memories")],
        &[query("from", Scalar::Text), query("until", Scalar::Text)],
        Payload::None,
    );
}

/// Which time.
#[derive(Debug)]
pub(crate) struct Wanted {
    from: Option<String>,
    until: Option<String>,
}

impl FromDocument for Wanted {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let mut members = reader.members(value)?;
        Some(Self { from: members.optional("from", &ANY), until: members.optional("until", &ANY) })
    }
}

/// A bill as answers show it.
#[derive(Debug, Serialize)]
pub(crate) struct MemoryUsage {
    currency: String,
    lines: Vec<Line>,
    total: Amounts,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    memory_id: String,
    #[serde(flatten)]
    amounts: Amounts,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Amounts {
    events: u64,
    retrievals: u64,
    record_hours: u64,
    cost: String,
}

impl From<Bill> for MemoryUsage {
    fn from(bill: Bill) -> Self {
        let line =
            |line: memory::usage::Line| Line { memory_id: line.memory.into(), amounts: line.totals.into() };
        Self {
            currency: bill.currency,
            lines: bill.lines.into_iter().map(line).collect(),
            total: bill.total.into(),
        }
    }
}

impl From<Totals> for Amounts {
    fn from(totals: Totals) -> Self {
        Self {
            events: totals.events,
            retrievals: totals.retrievals,
            record_hours: totals.record_hours,
            cost: totals.cost(),
        }
    }
}

impl Handle<GetMemoryUsage> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Wanted) -> Result<Answer<MemoryUsage>> {
        let from = input.from.as_deref().map(|text| point_in_time("from", text)).transpose()?;
        let until = input.until.as_deref().map(|text| point_in_time("until", text)).transpose()?;
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            return Err(Fault::field("from", "must lie before `until`"));
        }
        Ok(Answer(self.memory.usage(&account(call)?, from, until).await?.into()))
    }
}
