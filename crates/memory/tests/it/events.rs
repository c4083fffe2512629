//! Events and the sessions that they are in.

mod branches;
mod ending;
mod limits;
mod listing;
mod model;
mod pages;
mod pending;
mod searching;
mod stories;
mod writing;

use std::collections::BTreeMap;

use fault::{Kind, Result, ValidationReason};
use ids::{AccountId, ActorId, BranchName, EventId, MemorySessionId};
use memory::events::{EventFilter, EventPage, NewEvent, SessionKey};
use memory::model::{Branch, Event, Payload, Role};
use serde_json::json;
use stdx::Timestamp;
use store::idempotency::{ClientToken, fingerprint};

use crate::world::{BEGINNING, Server};

/// An event of this session that says something.
fn said(session: &SessionKey, text: &str) -> NewEvent {
    NewEvent {
        actor: session.actor.clone(),
        session: Some(session.session.clone()),
        timestamp: Some(BEGINNING),
        payload: vec![message(text)],
        branch: None,
        metadata: BTreeMap::new(),
        extract: true,
        variables: BTreeMap::new(),
    }
}

fn message(text: &str) -> Payload {
    Payload::Conversational { role: Role::User, text: text.to_owned() }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(BEGINNING.as_millis() + millis)
}

fn branch(name: &str, root: Option<&EventId>) -> Branch {
    Branch { name: BranchName::parse(name).unwrap(), root: root.cloned() }
}

fn metadata(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn token(text: &str, parameters: &str) -> ClientToken {
    ClientToken {
        account: AccountId::default().to_string(),
        operation: "CreateEvent",
        token: text.to_owned(),
        fingerprint: fingerprint(&json!(parameters)),
    }
}

/// What makes a request invalid.
fn reason<T: std::fmt::Debug>(result: Result<T>) -> ValidationReason {
    let fault = result.unwrap_err();
    let Kind::Validation { reason, .. } = fault.kind() else { panic!("{fault}") };
    *reason
}

impl Server<'_> {
    async fn write(&self, session: &SessionKey, new: NewEvent) -> Event {
        self.create_event(&session.account, &session.memory, new, None).await.unwrap()
    }

    /// All events of a session, in pages of this size.
    async fn all(&self, session: &SessionKey, filter: &EventFilter, size: usize) -> Vec<Event> {
        let (mut events, mut after) = (Vec::new(), None);
        loop {
            let page = self.list_events(session, filter, after.as_deref(), size, true).await.unwrap();
            let EventPage { events: some, next } = page;
            assert!(some.len() <= size);
            assert!(next.is_none() || some.len() == size, "a page is full unless it is the last");
            events.extend(some);
            let Some(next) = next else { return events };
            after = Some(next);
        }
    }

    async fn said_in(&self, session: &SessionKey, filter: &EventFilter) -> Vec<String> {
        self.all(session, filter, 100).await.iter().map(text).collect()
    }

    async fn actor_sessions(&self, session: &SessionKey, with_events: bool) -> Vec<String> {
        let SessionKey { account, memory, actor, .. } = session;
        let page = self.list_memory_sessions(account, memory, actor, with_events, None, 100).await.unwrap();
        page.sessions.iter().map(|session| session.session.to_string()).collect()
    }
}

fn text(event: &Event) -> String {
    match event.payload.as_slice() {
        [Payload::Conversational { text, .. }] => text.clone(),
        other => panic!("{other:?}"),
    }
}

fn actor(name: &str) -> ActorId {
    ActorId::parse(name).unwrap()
}

fn session_id(name: &str) -> MemorySessionId {
    MemorySessionId::parse(name).unwrap()
}
