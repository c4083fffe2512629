//! Finding events by what was said in them.

use fault::{Fault, Result};
use ids::{AccountId, ActorId, EventId, MemoryId, MemorySessionId};
use search::{Filter, Mode, Query, Scope, Test, Value};

use super::SessionKey;
use super::index::{events_of, unsearchable};
use super::position::Position;
use super::rows::{EVENTS, event_key};
use super::text::{ACTOR, place};
use crate::model::Event;
use crate::service::Memory;

/// The longest question, in characters.
const LONGEST: usize = 10_000;
/// The most that is found at once.
const MOST: usize = 100;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventQuery {
    /// In which actor's events; all actors' if there is none.
    pub actor: Option<ActorId>,
    /// In which of the actor's sessions; all if there is none.
    pub session: Option<MemorySessionId>,
    /// What the events are about.
    pub text: String,
    /// How many are wanted.
    pub limit: usize,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct EventsFound {
    /// The events, the best first.
    pub hits: Vec<EventHit>,
    /// How they were found.
    pub mode: Mode,
}

/// An event that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct EventHit {
    /// The event.
    pub event: Event,
    /// How well it fits, from 0 to 1.
    pub score: f64,
}

impl Memory {
    /// The events that fit a question best, by their words. What was written a second ago is found,
    /// however much is being written.
    pub async fn search_events(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        query: EventQuery,
    ) -> Result<EventsFound> {
        check(&query)?;
        let definition = self.definition(account, memory).await?;
        self.indexed_lately(account, memory).await?;
        let name = events_of(account, memory);
        let found = self.0.index.search(&name, asked(account, memory, query)).await.map_err(unsearchable)?;
        let mut hits = Vec::with_capacity(found.hits.len());
        for hit in found.hits {
            // What was removed, or is over, may still be found for a moment.
            let Some(position) = EventId::parse(&hit.id).ok().and_then(|id| Position::of_id(&id)) else {
                continue;
            };
            if self.is_over(&definition, position.arrival) {
                continue;
            }
            let Some(place) = self.journal(account, memory, position.arrival).await? else { continue };
            let (account, memory) = (account.clone(), memory.clone());
            let session = SessionKey { account, memory, actor: place.actor, session: place.session };
            let Some(row) = EVENTS.get(self.store(), &event_key(&session, position)).await? else { continue };
            let event = self.whole(&session, position, row.value).await?;
            hits.push(EventHit { event, score: hit.score });
        }
        Ok(EventsFound { hits, mode: found.mode })
    }
}

fn asked(account: &AccountId, memory: &MemoryId, query: EventQuery) -> Query {
    let (mut scope, mut filters) = (Scope::All, Vec::new());
    match (query.actor, query.session) {
        (Some(actor), Some(session)) => {
            let (account, memory) = (account.clone(), memory.clone());
            scope = Scope::At(place(&SessionKey { account, memory, actor, session }));
        }
        (Some(actor), None) => {
            let test = Test::Equals(Value::Text(actor.into()));
            filters.push(Filter { field: ACTOR.to_owned(), test });
        }
        (None, _) => {}
    }
    Query { text: query.text, vector: None, scope, filters, limit: query.limit }
}

fn check(query: &EventQuery) -> Result<()> {
    if !(1..=LONGEST).contains(&query.text.chars().count()) {
        return Err(Fault::field("searchQuery", format!("must have 1 to {LONGEST} characters")));
    }
    if !(1..=MOST).contains(&query.limit) {
        return Err(Fault::field("maxResults", format!("must be from 1 to {MOST}")));
    }
    if query.session.is_some() && query.actor.is_none() {
        return Err(Fault::field("sessionId", "needs the session's actorId beside it"));
    }
    Ok(())
}
