//! Makes events found: brings the journal of each memory into the index, and takes out what was removed.
//!
//! A cursor says how far a memory's journal has been brought in. It goes no further than what has settled, and is written
//! after the index has been: a crash in between brings in some events twice, which changes nothing. An event that was
//! removed has left a row that says so, which stays until the index has let go of it.

use std::collections::BTreeSet;
use std::time::Duration;

use fault::{Fault, Kind, Result};
use ids::{AccountId, MemoryId};
use search::{Change, CollectionName, SearchError};
use store::{Batch, Expect, Key, KeyRange, StoreError};

use super::SessionKey;
use super::arrival::Arrival;
use super::position::Position;
use super::rows::{CURSORS, EVENTS, JOURNAL, JournalRow, UNWANTED, event_key, journal_key, memory_key};
use super::text::document;
use crate::index::{Shelf, collection};
use crate::service::Memory;

/// How many events the index gets at once.
const CHUNK: usize = 2_000;
/// How long events gather before they are brought in: one large change costs little more than a small one.
const GATHER: Duration = Duration::from_millis(250);
/// How many times as long as it worked the task rests before it works again, and at most. Writing goes before finding:
/// on a busy machine this takes a small part, and is behind for a while.
const RESTS: u32 = 3;
const LONGEST_REST: Duration = Duration::from_millis(600);
/// How long a memory whose index failed is left alone.
const PAUSE: Duration = Duration::from_secs(5);

type Place = (AccountId, MemoryId);

impl Memory {
    /// Brings events into the index until the service ends.
    pub(crate) async fn index_events(&self) {
        let mut waiting = match self.unindexed_memories().await {
            Ok(memories) => memories,
            Err(fault) => {
                tracing::warn!(%fault, "events of an earlier process are brought into the index once there are others");
                BTreeSet::new()
            }
        };
        let (mut ended, mut rest) = (self.0.clock.elapsed(), Duration::ZERO);
        loop {
            let mut wait = Duration::ZERO;
            if waiting.is_empty() {
                tokio::select! {
                    () = self.0.events.index.notified() => wait = GATHER,
                    () = self.0.stopping.cancelled() => return,
                }
            }
            wait = wait.max(rest.saturating_sub(self.0.clock.elapsed() - ended));
            tokio::select! {
                () = self.0.clock.sleep_until(self.now().plus(wait)) => {}
                () = self.0.events.hurry.notified() => {}
                () = self.0.stopping.cancelled() => return,
            }
            waiting.extend(self.0.events.take_marked());
            let begun = self.0.clock.elapsed();
            let pause;
            (waiting, pause) = self.index_memories(waiting).await;
            self.0.events.end_round();
            ended = self.0.clock.elapsed();
            rest = pause.max(((ended - begun) * RESTS).min(LONGEST_REST));
        }
    }

    /// Brings in some of each memory; which of them are to be looked at again, and after how long at the soonest.
    async fn index_memories(&self, memories: BTreeSet<Place>) -> (BTreeSet<Place>, Duration) {
        let (mut again, mut pause) = (BTreeSet::new(), Duration::ZERO);
        for place in memories {
            match self.index_memory(&place).await {
                Ok(true) => {}
                Ok(false) => {
                    again.insert(place);
                }
                Err(fault) => {
                    tracing::warn!(%fault, memory = %place.1, "events were not brought into the index");
                    again.insert(place);
                    pause = PAUSE;
                }
            }
        }
        (again, pause)
    }

    /// Brings in the next events of a memory. Whether that was all.
    async fn index_memory(&self, (account, memory): &Place) -> Result<bool> {
        let name = events_of(account, memory);
        match self.definition(account, memory).await {
            Ok(_) => {}
            Err(fault) if *fault.kind() == Kind::NotFound => {
                self.0.index.remove(&name).await.map_err(unsearchable)?;
                self.forget_unwanted(account, memory, &[""]).await?;
                return Ok(true);
            }
            Err(fault) => return Err(fault),
        }
        let brought = self.bring_in(account, memory, &name).await?;
        let taken = self.take_out(account, memory, &name).await?;
        Ok(brought && taken)
    }

    async fn bring_in(&self, account: &AccountId, memory: &MemoryId, name: &CollectionName) -> Result<bool> {
        let cursor = CURSORS.get(self.store(), &memory_key(account, memory)).await?;
        let (from, expect) = match &cursor {
            Some(cursor) => (Arrival::from_number(cursor.value), Expect::At(cursor.revision)),
            None => (Arrival::FIRST, Expect::Absent),
        };
        let settled = self.0.events.arrivals.settled();
        let range = KeyRange {
            to: std::ops::Bound::Included(journal_key(account, memory, settled)),
            ..KeyRange::below([account.as_str(), memory.as_str()]).after(journal_key(account, memory, from))
        };
        let rows = JOURNAL.list(self.store(), &range, CHUNK).await?;
        let Some(last) = rows.last().and_then(|row| Arrival::of_segment(row.key.last())) else {
            return Ok(true);
        };
        let all = rows.len() < CHUNK;
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            changes.extend(match self.0.events.take_document(&row.key) {
                Some(document) => Some(Change::Put(document)),
                None => self.change(account, memory, row.value).await?,
            });
        }
        self.write(name, account, memory, changes).await?;
        let moved = Batch::new().and(CURSORS.put(memory_key(account, memory), &last.number(), expect));
        match self.store().commit(moved).await {
            Ok(_) => Ok(all),
            // The collection is to be written anew.
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// What the index is to learn of an event, if it is still there.
    async fn change(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        row: JournalRow,
    ) -> Result<Option<Change>> {
        let (account, memory) = (account.clone(), memory.clone());
        let session = SessionKey { account, memory, actor: row.actor, session: row.session };
        let Some(position) = Position::of_id(&row.id) else { return Ok(None) };
        let event = EVENTS.get(self.store(), &event_key(&session, position)).await?;
        let Some(event) = event else { return Ok(None) };
        let payload = event.value.payload.read(&*self.0.blobs).await?;
        Ok(document(&session, position, &payload).map(Change::Put))
    }

    async fn take_out(&self, account: &AccountId, memory: &MemoryId, name: &CollectionName) -> Result<bool> {
        let below = KeyRange::below([account.as_str(), memory.as_str()]);
        let rows = UNWANTED.list(self.store(), &below, CHUNK).await?;
        if rows.is_empty() {
            return Ok(true);
        }
        let events: Vec<&str> = rows.iter().map(|row| row.key.last()).collect();
        let changes = events.iter().map(|event| Change::Remove((*event).to_owned())).collect();
        self.write(name, account, memory, changes).await?;
        self.forget_unwanted(account, memory, &events).await?;
        Ok(rows.len() < CHUNK)
    }

    async fn forget_unwanted(&self, account: &AccountId, memory: &MemoryId, events: &[&str]) -> Result<()> {
        let key = |event: &&str| Key::of([account.as_str(), memory.as_str(), event]);
        let gone = events.iter().map(|event| UNWANTED.delete(key(event), Expect::Any));
        self.store().commit(Batch::new().with(gone)).await?;
        Ok(())
    }

    async fn write(
        &self,
        name: &CollectionName,
        account: &AccountId,
        memory: &MemoryId,
        changes: Vec<Change>,
    ) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let written = self.0.index.write(name, changes).await;
        if let Err(SearchError::Damaged { .. } | SearchError::OtherEmbedder { .. }) = written {
            self.reindex_events(account, memory).await?;
        }
        written.map_err(unsearchable)
    }

    /// Has all events of a memory brought into the index anew.
    pub async fn reindex_events(&self, account: &AccountId, memory: &MemoryId) -> Result<()> {
        let begin = Batch::new().and(CURSORS.delete(memory_key(account, memory), Expect::Any));
        self.store().commit(begin).await?;
        let name = events_of(account, memory);
        self.0.index.remove(&name).await.map_err(unsearchable)?;
        self.0.events.mark(account, memory);
        Ok(())
    }

    /// Memories whose index is not known to have all their events.
    async fn unindexed_memories(&self) -> Result<BTreeSet<Place>> {
        let mut memories: BTreeSet<Place> = self.memories_in(JOURNAL.space()).await?.into_iter().collect();
        memories.extend(self.memories_in(UNWANTED.space()).await?);
        Ok(memories)
    }
}

/// What the engine calls the events of a memory.
pub(super) fn events_of(account: &AccountId, memory: &MemoryId) -> CollectionName {
    collection(account, memory, Shelf::Events, 0)
}

pub(super) fn unsearchable(error: SearchError) -> Fault {
    Fault::new(Kind::Unavailable, "The search index cannot be used at the moment.").because(error)
}
