//! What ends by itself: events whose time is over, and sessions that have been empty for a day.
//!
//! An event's batch names the session's row as it was seen. So a session is removed in three steps: its row is marked
//! as closing, which makes every event fail that has not been written by now; then the session is looked at once more;
//! then, if it is still empty, it is removed, unless an event has opened it again.

use std::time::Duration;

use fault::{Fault, Kind, Result};
use ids::{AccountId, MemoryId};
use store::{Batch, Expect, KeyRange, Space, StoreError};

use super::SessionKey;
use super::delete::removal;
use super::position::Position;
use super::rows::{
    BRANCHES, EMPTIED, EVENTS, JOURNAL, SESSIONS, SessionRow, due, event_key, journal_key, past, session_key,
};
use crate::model::Definition;
use crate::service::Memory;

/// How long a pass comes after the one before.
const EVERY: Duration = Duration::from_mins(10);
/// How many rows are looked at, or removed, in one go. Few enough for others to come in between.
const CHUNK: usize = 100;

impl Memory {
    /// Removes what is over, now and then, until the service ends.
    pub(crate) async fn sweep_events(&self) {
        loop {
            if let Err(fault) = self.sweep_events_once().await {
                tracing::warn!(%fault, "events that are over were not removed");
            }
            tokio::select! {
                () = self.0.clock.sleep_until(self.now().plus(EVERY)) => {}
                () = self.0.stopping.cancelled() => return,
            }
        }
    }

    async fn sweep_events_once(&self) -> Result<()> {
        for (account, memory) in self.memories_in(JOURNAL.space()).await? {
            match self.definition(&account, &memory).await {
                Ok(definition) => self.end_events(&definition).await?,
                // It is being removed, or a last event slipped in while it was.
                Err(fault) if *fault.kind() == Kind::NotFound => {
                    self.forget_events(&account, &memory).await?;
                }
                Err(fault) => return Err(fault),
            }
        }
        self.end_sessions().await
    }

    /// Every memory that has rows in a space.
    pub(super) async fn memories_in(&self, space: Space) -> Result<Vec<(AccountId, MemoryId)>> {
        let mut memories = Vec::new();
        let mut range = KeyRange::all();
        while let Some(row) = self.store().range(space, &range, 1).await?.pop() {
            let mut segments = row.key.segments();
            let (account, memory) = (segments.next().unwrap_or(""), segments.next().unwrap_or(""));
            range = range.after(past(&[account, memory]));
            if let (Ok(account), Ok(memory)) = (AccountId::parse(account), MemoryId::parse(memory)) {
                memories.push((account, memory));
            }
        }
        Ok(memories)
    }

    /// Removes the events of a memory that are over, the oldest first.
    async fn end_events(&self, memory: &Definition) -> Result<()> {
        let over = memory.events_end_before(self.now());
        let range = KeyRange {
            to: std::ops::Bound::Excluded(journal_key(&memory.account, &memory.id, over)),
            ..KeyRange::below([memory.account.as_str(), memory.id.as_str()])
        };
        while !self.0.stopping.is_cancelled() {
            let rows = JOURNAL.list(self.store(), &range, CHUNK).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut batch = Batch::new();
            for row in rows {
                let session = SessionKey {
                    account: memory.account.clone(),
                    memory: memory.id.clone(),
                    actor: row.value.actor,
                    session: row.value.session,
                };
                batch = batch.and(JOURNAL.delete(row.key, Expect::Any));
                let Some(position) = Position::of_id(&row.value.id) else { continue };
                let event = EVENTS.get(self.store(), &event_key(&session, position)).await?;
                let payload = event.map(|event| event.value.payload).unwrap_or_default();
                batch = batch.with(removal(&session, position, &payload, self.now()));
            }
            self.store().commit(batch).await?;
            self.0.events.mark(&memory.account, &memory.id);
        }
        Ok(())
    }

    /// Looks at the sessions that may have been empty for long enough.
    async fn end_sessions(&self) -> Result<()> {
        let mut range = due(self.now());
        loop {
            let rows = EMPTIED.list(self.store(), &range, CHUNK).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            range = range.after(last.key.clone());
            for row in rows {
                if let Some(session) = SessionKey::of_segments(row.key.segments().skip(1)) {
                    self.end_session(&session).await?;
                }
                self.store().commit(Batch::new().and(EMPTIED.delete(row.key, Expect::Any))).await?;
            }
        }
    }

    /// Removes a session if it is empty.
    async fn end_session(&self, session: &SessionKey) -> Result<()> {
        let key = session_key(session);
        let Some(row) = SESSIONS.get(self.store(), &key).await? else { return Ok(()) };
        if self.has_rows(session).await? {
            return Ok(());
        }
        let closing = SessionRow { closing: true, ..row.value };
        let close = Batch::new().and(SESSIONS.put(key.clone(), &closing, Expect::At(row.revision)));
        let closed = match self.store().commit(close).await {
            Ok(revision) => revision,
            Err(StoreError::Conflict { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if self.has_rows(session).await? {
            return Ok(());
        }
        let branches = BRANCHES.list(self.store(), &KeyRange::below(session.segments()), usize::MAX).await?;
        let removed = Batch::new()
            .and(SESSIONS.delete(key.clone(), Expect::At(closed)))
            .with(branches.into_iter().map(|branch| BRANCHES.delete(branch.key, Expect::Any)));
        match self.store().commit(removed).await.map_err(Fault::from) {
            Ok(_) => self.0.events.forget_session(&key),
            Err(fault) if *fault.kind() == Kind::ConcurrentModification => {}
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    /// Whether a session has an event, over or not.
    async fn has_rows(&self, session: &SessionKey) -> Result<bool> {
        let rows = self.store().range(EVENTS.space(), &KeyRange::below(session.segments()), 1).await?;
        Ok(!rows.is_empty())
    }
}
