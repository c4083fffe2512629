//! What a job is made from: pending rows as messages, parted where they must not be mixed.

use std::collections::BTreeMap;

use extraction::{Message, Speaker};
use fault::{Kind, Result};
use ids::EventId;
use serde_json::Value;
use stdx::Timestamp;

use super::rows::{Input, Partition};
use crate::events::SessionKey;
use crate::model::{Payload, Role, Strategy};
use crate::pending::Source;
use crate::service::Memory;

/// What a job is made from, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Material {
    /// What was said.
    pub(super) messages: Vec<Message>,
    /// Which event each message is of, if it is of one.
    pub(super) origins: Vec<Option<EventId>>,
    /// Where all of that is.
    pub(super) inputs: Vec<Input>,
}

/// One source, read.
pub(super) struct Piece {
    source: Source,
    timestamp: Timestamp,
    payload: Vec<Payload>,
    metadata: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
}

impl Memory {
    /// Reads a source; `None` if it is gone, which is no reason to fail.
    pub(super) async fn piece(
        &self,
        session: &SessionKey,
        source: Source,
        variables: BTreeMap<String, String>,
    ) -> Result<Option<Piece>> {
        let (timestamp, payload, metadata) = match &source {
            Source::Event(id) => match self.get_event(session, id).await {
                Ok(event) => (event.timestamp, event.payload, event.metadata),
                Err(fault) if *fault.kind() == Kind::NotFound => return Ok(None),
                Err(fault) => return Err(fault),
            },
            Source::Ingested { payload, timestamp, metadata } => {
                (*timestamp, payload.clone(), metadata.clone())
            }
        };
        Ok(Some(Piece { source, timestamp, payload, metadata, variables }))
    }
}

impl Memory {
    /// What was said in the session before what a job is made from: a few messages, for context.
    pub(super) async fn past(
        &self,
        session: &SessionKey,
        material: &Material,
        most: usize,
    ) -> Result<Vec<Message>> {
        let Some(first) = material.origins.iter().flatten().next() else { return Ok(Vec::new()) };
        let mut past = Material::default();
        for event in self.events_before(session, first, most).await? {
            past.add(Piece {
                source: Source::Event(event.id),
                timestamp: event.timestamp,
                payload: event.payload,
                metadata: BTreeMap::new(),
                variables: BTreeMap::new(),
            });
        }
        let surplus = past.messages.len().saturating_sub(most);
        Ok(past.messages.split_off(surplus))
    }
}

/// The pieces in their order, parted as the strategy wants it.
pub(super) fn part(strategy: &Strategy, pieces: Vec<Piece>) -> Vec<(Partition, Material)> {
    let mut parts: Vec<(Partition, Material)> = Vec::new();
    for piece in pieces {
        let partition = Partition::of(strategy, &piece);
        let material = match parts.iter_mut().position(|(known, _)| *known == partition) {
            Some(index) => &mut parts[index].1,
            None => {
                parts.push((partition, Material::default()));
                &mut parts.last_mut().expect("it was pushed just now").1
            }
        };
        material.add(piece);
    }
    parts
}

impl Partition {
    fn of(strategy: &Strategy, piece: &Piece) -> Self {
        let exact = strategy.strictly_consistent();
        let exact = exact.filter_map(|key| Some((key.to_owned(), piece.metadata.get(key)?.clone())));
        Self { exact: exact.collect(), variables: piece.variables.clone() }
    }
}

impl Material {
    pub(super) fn add(&mut self, piece: Piece) {
        let event = match &piece.source {
            Source::Event(id) => Some(id.clone()),
            Source::Ingested { .. } => None,
        };
        let mut parts = Vec::new();
        for (part, index) in piece.payload.into_iter().zip(0..) {
            if matches!(part, Payload::Blob(_)) {
                continue;
            }
            self.messages.push(message(part, piece.timestamp));
            self.origins.push(event.clone());
            parts.push(index);
        }
        self.inputs.push(Input { source: piece.source, parts });
    }

    /// The events that it is of.
    pub(super) fn events(&self) -> Vec<EventId> {
        let mut events: Vec<EventId> = self.origins.iter().flatten().cloned().collect();
        events.dedup();
        events
    }

    /// When the last of it was said.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.messages.iter().map(|message| message.at).max()
    }
}

/// A part of an event as somebody said it.
pub(super) fn message(part: Payload, at: Timestamp) -> Message {
    let (speaker, text) = match part {
        Payload::Conversational { role, text } => (speaker(role), text),
        Payload::Blob(Value::String(text)) => (Speaker::Data, text),
        Payload::Json(value) | Payload::Blob(value) => (Speaker::Data, value.to_string()),
    };
    Message { speaker, text, at }
}

fn speaker(role: Role) -> Speaker {
    match role {
        Role::Assistant => Speaker::Assistant,
        Role::User => Speaker::User,
        Role::Tool => Speaker::Tool,
        Role::Other => Speaker::Other,
    }
}
