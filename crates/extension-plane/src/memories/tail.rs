//! `GET memories/{memoryId}/tail`

use fault::{Fault, Result};
use memory::{Happening, What};
use restjson::rule::ANY;
use restjson::spec::{Method, Payload, Scalar};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};
use serde::Serialize;

use super::OfMemory;
use super::shape::text_of;
use crate::ExtensionPlane;
use crate::answer::{Answer, moment};
use crate::sessions::account;
use crate::spec::{label, literal, operation, own_path, query};

/// Entries at once.
const PAGE: usize = 100;
static LAST: Rule = Rule::ANY.min(0.0).max(100.0);

/// What is said and remembered in a memory, as it comes: the last few things, then whatever came after an answer. It
/// is kept in memory, a few thousand things of all memories together, so `missed` says when something was forgotten
/// before it was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FollowMemory;

impl Operation for FollowMemory {
    type Input = Wanted;
    type Output = Answer<Page>;
    const SPEC: &'static OperationSpec = &operation(
        "FollowMemory",
        Method::GET,
        own_path![literal("memories"), label("memoryId"), literal("tail")],
        &[query("after", Scalar::Text), query("last", Scalar::Integer)],
        Payload::None,
    );
}

/// From where on.
#[derive(Debug)]
pub(crate) struct Wanted {
    memory: OfMemory,
    after: Option<String>,
    last: Option<i32>,
}

impl FromDocument for Wanted {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let mut members = reader.members(value)?;
        let memory = OfMemory::label(&mut members);
        let after = members.optional("after", &ANY);
        let last = members.optional("last", &LAST);
        Some(Self { memory: memory?, after, last })
    }
}

/// What happened.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    entries: Vec<Entry>,
    next: String,
    missed: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    at: String,
    what: &'static str,
    event_id: Option<String>,
    actor_id: Option<String>,
    session_id: Option<String>,
    memory_record_id: Option<String>,
    namespace: Option<String>,
    text: Option<String>,
}

impl From<Happening> for Entry {
    fn from(Happening { at, what }: Happening) -> Self {
        let mut entry = Self {
            at: moment(at),
            what: "event",
            event_id: None,
            actor_id: None,
            session_id: None,
            memory_record_id: None,
            namespace: None,
            text: None,
        };
        match what {
            What::Said(event) => {
                entry.event_id = Some(event.id.into());
                entry.actor_id = Some(event.actor.into());
                entry.session_id = Some(event.session.into());
                entry.text = Some(text_of(&event.payload));
            }
            What::Remembered(record) => {
                entry.what = "record";
                entry.memory_record_id = Some(record.id.into());
                entry.namespace = record.namespace.map(Into::into);
                entry.text = Some(record.text);
            }
            What::Forgotten(record) => {
                entry.what = "record removed";
                entry.memory_record_id = Some(record.into());
            }
        }
        entry
    }
}

impl Handle<FollowMemory> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Wanted) -> Result<Answer<Page>> {
        let after = input.after.as_deref().map(str::parse::<u64>).transpose();
        let after = after.map_err(|_| Fault::field("after", "must be the `next` of an earlier answer"))?;
        let last = usize::try_from(input.last.unwrap_or_default()).map_err(Fault::internal)?;
        let limit = if after.is_some() { PAGE } else { last };
        let followed = self.memory.happened(&account(call)?, &input.memory.id()?, after, limit).await?;
        Ok(Answer(Page {
            entries: followed.happenings.into_iter().map(Entry::from).collect(),
            next: followed.next.to_string(),
            missed: followed.missed,
        }))
    }
}
