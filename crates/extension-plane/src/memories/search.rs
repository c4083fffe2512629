//! `POST memories/{memoryId}/events/search`

use fault::{Fault, Result};
use ids::{ActorId, MemorySessionId};
use memory::events::{EventHit, EventQuery};
use restjson::rule::ANY;
use restjson::spec::{Method, Payload};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};
use serde::Serialize;

use super::OfMemory;
use super::shape::text_of;
use crate::ExtensionPlane;
use crate::answer::{Answer, moment};
use crate::sessions::account;
use crate::spec::{label, literal, operation, own_path};

/// Results unless the caller says otherwise.
const DEFAULT_RESULTS: i32 = 10;
static RESULTS: Rule = Rule::ANY.min(1.0).max(100.0);

/// Finds what was said, in all sessions or in some, best first. An event is found within a second of its writing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SearchEvents;

impl Operation for SearchEvents {
    type Input = Wanted;
    type Output = Answer<Found>;
    const SPEC: &'static OperationSpec = &operation(
        "SearchEvents",
        Method::POST,
        own_path![literal("memories"), label("memoryId"), literal("events"), literal("search")],
        &[],
        Payload::Members,
    );
}

/// What is looked for.
#[derive(Debug)]
pub(crate) struct Wanted {
    memory: OfMemory,
    query: String,
    actor: Option<String>,
    session: Option<String>,
    results: Option<i32>,
}

impl FromDocument for Wanted {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let mut members = reader.members(value)?;
        let memory = OfMemory::label(&mut members);
        let query = members.required("query", &ANY);
        let actor = members.optional("actorId", &ANY);
        let session = members.optional("sessionId", &ANY);
        let results = members.optional("maxResults", &RESULTS);
        Some(Self { memory: memory?, query: query?, actor, session, results })
    }
}

impl Wanted {
    fn query(&self) -> Result<EventQuery> {
        let bad = |member: &'static str| move |error: ids::IdError| Fault::field(member, error.to_string());
        let actor = self.actor.as_deref().map(ActorId::parse).transpose();
        let session = self.session.as_deref().map(MemorySessionId::parse).transpose();
        Ok(EventQuery {
            actor: actor.map_err(bad("actorId"))?,
            session: session.map_err(bad("sessionId"))?,
            text: self.query.clone(),
            limit: usize::try_from(self.results.unwrap_or(DEFAULT_RESULTS)).map_err(Fault::internal)?,
        })
    }
}

/// What was found, and how.
#[derive(Debug, Serialize)]
pub(crate) struct Found {
    mode: &'static str,
    results: Vec<Hit>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Hit {
    event_id: String,
    actor_id: String,
    session_id: String,
    event_timestamp: String,
    score: f64,
    text: String,
}

impl From<EventHit> for Hit {
    fn from(EventHit { event, score }: EventHit) -> Self {
        Self {
            event_id: event.id.to_string(),
            actor_id: event.actor.to_string(),
            session_id: event.session.to_string(),
            event_timestamp: moment(event.timestamp),
            score,
            text: text_of(&event.payload),
        }
    }
}

impl Handle<SearchEvents> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Wanted) -> Result<Answer<Found>> {
        let (account, memory) = (account(call)?, input.memory.id()?);
        let found = self.memory.search_events(&account, &memory, input.query()?).await?;
        let results = found.hits.into_iter().map(Hit::from).collect();
        Ok(Answer(Found { mode: found.mode.as_str(), results }))
    }
}
