//! Who there is, and which sessions they have.

use fault::Result;
use ids::{AccountId, ActorId, MemoryId, MemorySessionId};
use stdx::Timestamp;
use store::{Key, KeyRange};

use super::SessionKey;
use super::rows::{SESSIONS, past};
use crate::service::Memory;

/// How many rows are looked at in one go.
const CHUNK: usize = 200;

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Its id.
    pub session: MemorySessionId,
    /// Whose it is.
    pub actor: ActorId,
    /// When its first event came.
    pub created_at: Timestamp,
}

/// Some of an actor's sessions, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPage {
    /// The sessions.
    pub sessions: Vec<SessionView>,
    /// What to list after, for those that follow; `None` if there are none.
    pub next: Option<String>,
}

/// Some of a memory's actors, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorPage {
    /// The actors.
    pub actors: Vec<ActorId>,
    /// What to list after, for those that follow; `None` if there are none.
    pub next: Option<String>,
}

impl Memory {
    /// At most `limit` of the actor's sessions, from the one after `after` on, which a page before named; only those
    /// that have events, or all.
    pub async fn list_memory_sessions(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        actor: &ActorId,
        with_events: bool,
        after: Option<&str>,
        limit: usize,
    ) -> Result<SessionPage> {
        let definition = self.definition(account, memory).await?;
        let owner = [account.as_str(), memory.as_str(), actor.as_str()];
        let mut range = KeyRange::below(owner);
        if let Some(after) = after {
            range = range.after(Key::of(owner.into_iter().chain([after])));
        }
        let mut sessions: Vec<SessionView> = Vec::new();
        loop {
            let rows = SESSIONS.list(self.store(), &range, CHUNK).await?;
            let last = rows.len() < CHUNK;
            for row in rows {
                let key = SessionKey::of_segments(row.key.segments());
                range = range.after(row.key);
                let Some(key) = key else { continue };
                if with_events && !self.has_events(&definition, &key).await? {
                    continue;
                }
                if sessions.len() == limit {
                    let next = sessions.last().map(|last| last.session.to_string());
                    return Ok(SessionPage { sessions, next });
                }
                let SessionKey { actor, session, .. } = key;
                sessions.push(SessionView { session, actor, created_at: row.value.created_at });
            }
            if last {
                return Ok(SessionPage { sessions, next: None });
            }
        }
    }

    /// At most `limit` of the memory's actors, from the one after `after` on, which a page before named. Whoever has a
    /// session is one.
    pub async fn list_actors(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ActorPage> {
        self.definition(account, memory).await?;
        let place = [account.as_str(), memory.as_str()];
        let mut range = KeyRange::below(place);
        if let Some(after) = after {
            range = range.after(past(&[place[0], place[1], after]));
        }
        let mut actors: Vec<ActorId> = Vec::new();
        // The first session of each actor, and from there on to the next one's.
        while let Some(row) = SESSIONS.list(self.store(), &range, 1).await?.pop() {
            let Some(key) = SessionKey::of_segments(row.key.segments()) else {
                range = range.after(row.key);
                continue;
            };
            if actors.len() == limit {
                let next = actors.last().map(ToString::to_string);
                return Ok(ActorPage { actors, next });
            }
            range = range.after(past(&[place[0], place[1], key.actor.as_str()]));
            actors.push(key.actor);
        }
        Ok(ActorPage { actors, next: None })
    }
}
