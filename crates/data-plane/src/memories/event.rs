//! Events, as the wire has them and as the service has them.

use std::collections::BTreeMap;

use data_api::memories as wire;
use fault::Result;
use ids::{BranchName, EventId};
use memory::model::{Branch, Event, Payload, Role};

use super::place::bad;

pub(super) fn shown(event: Event) -> wire::Event {
    let Event { memory, actor, session, id, timestamp, payload, branch, metadata } = event;
    let value = |(key, value)| (key, wire::MetadataValue::StringValue(value));
    wire::Event {
        memory_id: memory.into(),
        actor_id: actor.into(),
        session_id: session.into(),
        event_id: id.into(),
        event_timestamp: timestamp,
        payload: payload.into_iter().map(shown_part).collect(),
        branch: branch.map(|branch| wire::Branch {
            root_event_id: branch.root.map(Into::into),
            name: branch.name.into(),
        }),
        metadata: (!metadata.is_empty()).then(|| metadata.into_iter().map(value).collect()),
    }
}

fn shown_part(part: Payload) -> wire::PayloadType {
    match part {
        Payload::Conversational { role, text } => wire::PayloadType::Conversational(wire::Conversational {
            content: wire::Content::Text(text.into()),
            role: match role {
                Role::Assistant => wire::Role::Assistant,
                Role::User => wire::Role::User,
                Role::Tool => wire::Role::Tool,
                Role::Other => wire::Role::Other,
            },
        }),
        Payload::Blob(value) => wire::PayloadType::Blob(value.into()),
        Payload::Json(value) => wire::PayloadType::Json(wire::MemoryJsonData { content: value.into() }),
    }
}

pub(super) fn part(part: wire::PayloadType) -> Payload {
    match part {
        wire::PayloadType::Conversational(wire::Conversational { content, role }) => {
            let wire::Content::Text(text) = content;
            let role = match role {
                wire::Role::Assistant => Role::Assistant,
                wire::Role::User => Role::User,
                wire::Role::Tool => Role::Tool,
                wire::Role::Other => Role::Other,
            };
            Payload::Conversational { role, text: text.into_inner() }
        }
        wire::PayloadType::Blob(value) => Payload::Blob(value.into_inner()),
        wire::PayloadType::Json(json) => Payload::Json(json.content.into_inner()),
    }
}

pub(super) fn branch(branch: &wire::Branch) -> Result<Branch> {
    let root = branch.root_event_id.as_deref().map(EventId::parse).transpose();
    Ok(Branch {
        name: BranchName::parse(&branch.name).map_err(bad("branch.name"))?,
        root: root.map_err(bad("branch.rootEventId"))?,
    })
}

pub(super) fn metadata(metadata: Option<BTreeMap<String, wire::MetadataValue>>) -> BTreeMap<String, String> {
    let plain = |(key, wire::MetadataValue::StringValue(value))| (key, value);
    metadata.unwrap_or_default().into_iter().map(plain).collect()
}
