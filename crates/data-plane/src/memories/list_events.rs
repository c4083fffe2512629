//! `ListEvents`

use data_api::memories::{
    EventMetadataFilterExpression, FilterInput, LeftExpression, ListEvents, ListEventsInput,
    ListEventsOutput, MetadataValue, OperatorType, RightExpression,
};
use fault::{Fault, Result};
use ids::BranchName;
use memory::events::{BranchFilter, EventFilter, MetadataTest};
use restjson::{Call, Handle};

use super::place::bad;
use super::{event, page};
use crate::DataPlane;

impl Handle<ListEvents> for DataPlane {
    async fn handle(&self, call: &Call, input: ListEventsInput) -> Result<ListEventsOutput> {
        let session = self.memory_session(call, &input.memory_id, &input.actor_id, &input.session_id)?;
        let filter = filter(input.filter.unwrap_or_default())?;
        let after = self.after(call, input.next_token.as_deref())?;
        let payloads = input.include_payloads.unwrap_or(true);
        let size = page::size(input.max_results);
        let page = self.memory.list_events(&session, &filter, after.as_deref(), size, payloads).await?;
        Ok(ListEventsOutput {
            events: page.events.into_iter().map(event::shown).collect(),
            next_token: self.next(call, page.next),
        })
    }
}

fn filter(filter: FilterInput) -> Result<EventFilter> {
    let branch = filter.branch.map(|branch| -> Result<BranchFilter> {
        let name = BranchName::parse(&branch.name).map_err(bad("filter.branch.name"))?;
        Ok(BranchFilter { name, with_parents: branch.include_parent_branches.unwrap_or(false) })
    });
    let metadata = filter.event_metadata.unwrap_or_default().into_iter().enumerate().map(test);
    Ok(EventFilter { branch: branch.transpose()?, metadata: metadata.collect::<Result<_>>()? })
}

fn test((index, expression): (usize, EventMetadataFilterExpression)) -> Result<MetadataTest> {
    let LeftExpression::MetadataKey(key) = expression.left;
    let value =
        expression.right.map(|RightExpression::MetadataValue(MetadataValue::StringValue(value))| value);
    let right = |rule: &str| Fault::field(format!("filter.eventMetadata[{index}].right"), rule);
    match (expression.operator, value) {
        (OperatorType::EqualsTo, Some(value)) => Ok(MetadataTest::Equals(key, value)),
        (OperatorType::EqualsTo, None) => Err(right("is needed with EQUALS_TO")),
        (OperatorType::Exists, None) => Ok(MetadataTest::Exists(key)),
        (OperatorType::NotExists, None) => Ok(MetadataTest::Absent(key)),
        (OperatorType::Exists | OperatorType::NotExists, Some(_)) => {
            Err(right("must be absent unless the operator is EQUALS_TO"))
        }
    }
}
