//! Text handed in to be learned from, without an event that keeps it.

use std::collections::BTreeMap;
use std::sync::Arc;

use fault::{Fault, Result};
use ids::{AccountId, ActorId, MemoryId, MemorySessionId};
use stdx::Timestamp;
use store::Batch;
use store::idempotency::ClientToken;

use super::state::Tally;
use crate::events::{NewEvent, SessionKey, check_event, check_variables};
use crate::model::{Definition, Payload, StrategyStatus};
use crate::pending::{self, Pending, Source};
use crate::service::Memory;

/// Text to be learned from.
#[derive(Clone, Debug, PartialEq)]
pub struct Ingest {
    /// Whose.
    pub actor: ActorId,
    /// In which session; a new one if there is none.
    pub session: Option<MemorySessionId>,
    /// When it was said.
    pub timestamp: Timestamp,
    /// What was said.
    pub payload: Vec<Payload>,
    /// What its records can be filtered by.
    pub metadata: BTreeMap<String, String>,
    /// What it says of namespaces.
    pub variables: BTreeMap<String, String>,
}

impl Memory {
    /// Takes text to be learned from. When this returns it is certain to be learned from, and kept nowhere else.
    pub async fn ingest(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        ingest: Ingest,
        token: Option<ClientToken>,
    ) -> Result<MemorySessionId> {
        if let Some(first) = self.once().first(token.as_ref()).await? {
            return Ok(first);
        }
        let ingest = ingest.checked()?;
        let definition = self.definition(account, memory).await?;
        check_variables(&definition, &ingest.variables)?;
        let session = match &ingest.session {
            Some(session) => session.clone(),
            None => MemorySessionId::parse(&self.0.rng.uuid()).map_err(Fault::internal)?,
        };
        let (account, memory, actor) = (account.clone(), memory.clone(), ingest.actor.clone());
        let key = SessionKey { account, memory, actor, session };
        // A caller that goes away does not stop the writing, so that an arrival is open until its row is there or not.
        let this = self.clone();
        let writing =
            self.0.tasks.spawn(async move { this.write_ingested(key, ingest, definition, token).await });
        writing.await.map_err(Fault::internal)?
    }

    async fn write_ingested(
        &self,
        key: SessionKey,
        ingest: Ingest,
        definition: Arc<Definition>,
        token: Option<ClientToken>,
    ) -> Result<MemorySessionId> {
        let arriving = self.0.events.arrivals.next(self.store(), self.now()).await?;
        let (messages, tokens) = pending::extent(&ingest.payload);
        let at = self.now();
        let Ingest { timestamp, payload, metadata, variables, .. } = ingest;
        let source = Source::Ingested { payload, timestamp, metadata };
        let pending = Pending { source, messages, tokens, at, variables };
        let learns = |status| matches!(status, StrategyStatus::Creating | StrategyStatus::Active);
        let learns = definition.strategies.iter().any(|strategy| learns(strategy.status));
        let row = learns.then(|| pending::put(&key, arriving.arrival, &pending));
        let batch = Batch::new().and(definition.standing()).with(row);
        let session = self.once().commit(token.as_ref(), batch, key.session.clone()).await?;
        drop(arriving);
        if learns {
            self.arrived(key, messages, tokens, at);
        }
        Ok(session)
    }

    /// Tells the task that learns what came to a session.
    pub(crate) fn arrived(&self, session: SessionKey, messages: u32, tokens: u32, at: Timestamp) {
        if messages > 0 {
            self.0.extraction.note(session, Tally { messages, tokens, last: at, at_once: false });
            self.0.unextracted.notify_one();
        }
    }
}

impl Ingest {
    /// The same, if it keeps to the rules that events have to keep to.
    fn checked(self) -> Result<Self> {
        let event = NewEvent {
            actor: self.actor,
            session: self.session,
            timestamp: Some(self.timestamp),
            payload: self.payload,
            branch: None,
            metadata: self.metadata,
            extract: true,
            variables: self.variables,
        };
        check_event(&event)?;
        let NewEvent { actor, session, payload, metadata, variables, .. } = event;
        Ok(Self { actor, session, timestamp: self.timestamp, payload, metadata, variables })
    }
}
