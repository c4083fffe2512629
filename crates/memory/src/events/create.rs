//! Writing an event.

use std::collections::BTreeMap;
use std::sync::Arc;

use fault::{Fault, Kind, Result};
use ids::{AccountId, ActorId, EventId, MemoryId, MemorySessionId};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::idempotency::{ClientToken, Outcome, commit_once};
use store::{Batch, Expect, Key, Write};

use super::arrival::Arrival;
use super::payload::Stored;
use super::position::Position;
use super::rows::{
    EVENTS, EventRow, JOURNAL, JournalRow, SESSIONS, SessionRow, event_key, journal_key, session_key,
};
use super::{SessionKey, limits, text, variables};
use crate::model::{Branch, Definition, Event, Payload, StrategyStatus};
use crate::pending::{self, Pending, Source};
use crate::recent::Trace;
use crate::service::Memory;

/// How often a batch is made anew because somebody else was at the same session or branch.
const ATTEMPTS: usize = 8;

/// An event to write.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Whose.
    pub actor: ActorId,
    /// In which session; a new one if there is none.
    pub session: Option<MemorySessionId>,
    /// When it happened; now if nobody says.
    pub timestamp: Option<Timestamp>,
    /// What it holds.
    pub payload: Vec<Payload>,
    /// The branch it is on. The first event of a branch says where it forks.
    pub branch: Option<Branch>,
    /// What it can be filtered by.
    pub metadata: BTreeMap<String, String>,
    /// Whether it is to be learned from.
    pub extract: bool,
    /// What it says of namespaces.
    pub variables: BTreeMap<String, String>,
}

/// What the call was answered, as far as it is not what the call itself said.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Answer {
    session: MemorySessionId,
    id: EventId,
    root: Option<EventId>,
}

/// An event that is good to be written.
struct Ready {
    memory: Arc<Definition>,
    key: SessionKey,
    timestamp: Timestamp,
    new: NewEvent,
    bytes: usize,
    token: Option<ClientToken>,
}

impl Memory {
    /// Writes an event. When this returns it is durable, and read by whoever asks.
    pub async fn create_event(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        new: NewEvent,
        token: Option<ClientToken>,
    ) -> Result<Event> {
        let bytes = limits::check(&new)?;
        let definition = self.definition(account, memory).await?;
        variables::check_variables(&definition, &new.variables)?;
        let session = match &new.session {
            Some(session) => session.clone(),
            None => MemorySessionId::parse(&self.0.rng.uuid()).map_err(Fault::internal)?,
        };
        let (account, memory, actor) = (account.clone(), memory.clone(), new.actor.clone());
        let key = SessionKey { account, memory, actor, session };
        self.admit_event(&key, &new.payload)?;
        let timestamp = new.timestamp.unwrap_or_else(|| self.now());
        let ready = Ready { memory: definition, key, timestamp, new, bytes, token };
        // A caller that goes away does not stop the writing, so that an arrival is open until its row is there or not.
        let this = self.clone();
        let writing = self.0.tasks.spawn(async move {
            let written = this.write_event(&ready).await;
            // Whatever became of it, nobody has to wait for this arrival any more.
            this.0.events.mark(&ready.key.account, &ready.key.memory);
            if let Ok(event) = &written {
                let trace = Trace::Event(event.actor.clone(), event.session.clone(), event.id.clone());
                this.0.recent.note(&ready.key.account, &ready.key.memory, this.now(), trace);
            }
            if ready.learns() {
                let (messages, tokens) = pending::extent(&ready.new.payload);
                this.arrived(ready.key, messages, tokens, this.now());
            }
            written
        });
        writing.await.map_err(Fault::internal)?
    }

    async fn write_event(&self, ready: &Ready) -> Result<Event> {
        let payload = Stored::put(&*self.0.blobs, &ready.new.payload, ready.bytes).await?;
        let session = session_key(&ready.key);
        for _ in 1..ATTEMPTS {
            match self.attempt(ready, &payload, &session).await {
                Err(fault) if *fault.kind() == Kind::ConcurrentModification => {
                    self.0.events.forget_session(&session);
                    // It may be the memory itself that is gone.
                    self.definition(&ready.key.account, &ready.key.memory).await?;
                }
                done => return done,
            }
        }
        self.attempt(ready, &payload, &session).await.map_err(|fault| match fault.kind() {
            Kind::ConcurrentModification => Fault::new(
                Kind::RetryableConflict,
                "Other requests are changing the session. Retry a moment later.",
            ),
            _ => fault,
        })
    }

    async fn attempt(&self, ready: &Ready, payload: &Stored, session: &Key) -> Result<Event> {
        let joined = self.join(&ready.memory, &ready.key, ready.new.branch.as_ref()).await?;
        let present = self.session_write(session).await?;
        // What is read comes before: the order is settled sooner.
        let arriving = self.0.events.arrivals.next(self.store(), self.now()).await?;
        let position = Position::new(ready.timestamp, arriving.arrival)
            .ok_or_else(|| Fault::field("eventTimestamp", "must not lie before 1970"))?;
        let row = EventRow {
            payload: payload.clone(),
            branch: joined.branch.as_ref().map(|branch| branch.name.clone()),
            root: joined.branch.as_ref().and_then(|branch| branch.root.clone()),
            metadata: ready.new.metadata.clone(),
            unlearned: !ready.new.extract,
        };
        let answer = Answer { session: ready.key.session.clone(), id: position.id(), root: row.root.clone() };
        let begins = present.writes;
        let batch = Batch::new()
            .and(ready.memory.standing())
            .and(present.write)
            .with(joined.write)
            .and(EVENTS.put(event_key(&ready.key, position), &row, Expect::Absent))
            .and(ready.journal(position))
            .with(payload.claim(&ready.key, position))
            .with(ready.pending(&answer.id, arriving.arrival, self.now()));
        let kept = serde_json::to_value(&answer).map_err(Fault::internal)?;
        match commit_once(self.store(), ready.token.as_ref(), batch, &kept, self.now()).await? {
            Outcome::Committed(revision) => {
                self.0.usage.event(&ready.key.account, &ready.key.memory, self.now());
                self.created(&ready.key.account, &ready.key.memory, "CreateEvent", 1);
                if begins {
                    self.0.events.learn_session(session.clone(), revision);
                }
                if let Some(document) = text::document(&ready.key, position, &ready.new.payload) {
                    self.0.events.keep_document(ready.journal_key(position), document);
                }
                Ok(ready.event(answer, position, joined.branch))
            }
            Outcome::Replayed(first) => {
                let first: Answer = serde_json::from_value(first).map_err(Fault::internal)?;
                let position = Position::of_id(&first.id).ok_or_else(|| {
                    Fault::internal("a client token was answered an id that is none of ours")
                })?;
                let branch = joined.branch.map(|branch| Branch { root: first.root.clone(), ..branch });
                Ok(ready.event(first, position, branch))
            }
        }
    }

    /// What makes sure that the session is there and stays: a check of its row as it is known, or the row itself.
    async fn session_write(&self, key: &Key) -> Result<Present> {
        if let Some(revision) = self.0.events.session(key) {
            return Ok(Present { write: SESSIONS.check(key.clone(), Expect::At(revision)), writes: false });
        }
        let begun = SessionRow { created_at: self.now(), closing: false };
        match SESSIONS.get(self.store(), key).await? {
            None => Ok(Present { write: SESSIONS.put(key.clone(), &begun, Expect::Absent), writes: true }),
            // Somebody is about to remove it because it is empty.
            Some(row) if row.value.closing => {
                let open = SessionRow { closing: false, ..row.value };
                let write = SESSIONS.put(key.clone(), &open, Expect::At(row.revision));
                Ok(Present { write, writes: true })
            }
            Some(row) => {
                self.0.events.learn_session(key.clone(), row.revision);
                let write = SESSIONS.check(key.clone(), Expect::At(row.revision));
                Ok(Present { write, writes: false })
            }
        }
    }
}

/// The session's part of a batch.
struct Present {
    write: Write,
    /// Whether it writes the row, which then has the batch's revision.
    writes: bool,
}

impl Ready {
    fn journal(&self, position: Position) -> Write {
        let row = JournalRow {
            actor: self.key.actor.clone(),
            session: self.key.session.clone(),
            id: position.id(),
        };
        JOURNAL.put(self.journal_key(position), &row, Expect::Absent)
    }

    fn journal_key(&self, position: Position) -> Key {
        journal_key(&self.key.account, &self.key.memory, position.arrival)
    }

    /// Whether the memory learns, and from this.
    fn learns(&self) -> bool {
        let learns = |status| matches!(status, StrategyStatus::Creating | StrategyStatus::Active);
        self.new.extract && self.memory.strategies.iter().any(|strategy| learns(strategy.status))
    }

    /// What is to be learned from the event, if there is anything.
    fn pending(&self, id: &EventId, arrival: Arrival, at: Timestamp) -> Option<Write> {
        if !self.learns() {
            return None;
        }
        let (messages, tokens) = pending::extent(&self.new.payload);
        if messages == 0 {
            return None;
        }
        let source = Source::Event(id.clone());
        let variables = self.new.variables.clone();
        Some(pending::put(&self.key, arrival, &Pending { source, messages, tokens, at, variables }))
    }

    fn event(&self, answer: Answer, position: Position, branch: Option<Branch>) -> Event {
        Event {
            memory: self.key.memory.clone(),
            actor: self.key.actor.clone(),
            session: answer.session,
            id: answer.id,
            timestamp: position.timestamp(),
            payload: self.new.payload.clone(),
            branch,
            metadata: self.new.metadata.clone(),
        }
    }
}
