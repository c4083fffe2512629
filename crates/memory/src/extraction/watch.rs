//! Sessions in which something is pending, and whose turn it is. No clock, no rows: what happens is told.
//!
//! ```text
//!              enough came, or its time has come            room, and nobody looks at the same actor
//!   waiting ──────────────────────────────────▶ ready ─────────────────────────────────▶ running
//!      ▲                                                                                    │
//!      └───────── something is left, or came meanwhile; a failure rests first ──────────────┘
//!                                                         nothing is left ──▶ forgotten
//! ```

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use ids::{AccountId, ActorId, MemoryId};
use stdx::Timestamp;

use super::look::Left;
use super::state::Tally;
use super::trigger::Triggers;
use crate::events::SessionKey;

/// How long a session rests after a failure; each time in a row twice as long,
const PAUSE: Duration = Duration::from_secs(2);
/// but no longer than this. A look that fails may have asked models, which has a price.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Sessions in which something is pending.
#[derive(Default)]
pub(super) struct Watch {
    sessions: HashMap<SessionKey, Watched>,
    /// Those to look at now, in the order in which their turn came.
    ready: VecDeque<SessionKey>,
    /// When to look at others.
    due: BTreeSet<(Timestamp, SessionKey)>,
    /// Whose sessions are being looked at: two at once would not see what the other one learns.
    busy: HashSet<Actor>,
}

/// An actor of a memory.
type Actor = (AccountId, MemoryId, ActorId);

/// A session in which something is pending.
struct Watched {
    /// What has to come so that it is looked at,
    triggers: Triggers,
    /// and what came since it was looked at last.
    tally: Tally,
    due: Option<Timestamp>,
    ready: bool,
    running: bool,
    /// How many looks in a row have failed,
    failures: u32,
    /// and until when it rests for that, whatever comes.
    rests: Option<Timestamp>,
}

/// What became of a look.
#[derive(Clone, Copy, Debug)]
pub(super) enum Looked {
    /// All that was due is done. There is nothing left of a memory that is gone.
    Well(Option<Left>),
    /// It failed.
    Badly,
}

impl Watch {
    /// Whether a session is among those that are watched.
    pub(super) fn knows(&self, session: &SessionKey) -> bool {
        self.sessions.contains_key(session)
    }

    /// Looks at a session as soon as there is room.
    pub(super) fn at_once(&mut self, session: SessionKey) {
        let watched = self.sessions.entry(session.clone());
        let watched = watched.or_insert_with(|| Watched::new(Triggers::NEVER));
        if !watched.running {
            watched.queue(&mut self.ready, session);
        }
    }

    /// Watches a session that is to be looked at when this happens.
    pub(super) fn begin(&mut self, session: SessionKey, triggers: Triggers) {
        self.sessions.entry(session).or_insert_with(|| Watched::new(triggers));
    }

    /// Something came to a session.
    pub(super) fn add(&mut self, session: SessionKey, tally: Tally, now: Timestamp) {
        let Some(watched) = self.sessions.get_mut(&session) else { return };
        watched.tally.add(tally);
        if !watched.running {
            self.place(session, None, now);
        }
    }

    /// When the next session is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Makes ready what is due.
    pub(super) fn wake(&mut self, now: Timestamp) {
        while self.next_due().is_some_and(|due| due <= now) {
            let Some((_, session)) = self.due.pop_first() else { return };
            if let Some(watched) = self.sessions.get_mut(&session) {
                watched.due = None;
                watched.queue(&mut self.ready, session);
            }
        }
    }

    /// The next session to look at, which is running from now on. What comes meanwhile is counted anew.
    pub(super) fn next(&mut self) -> Option<SessionKey> {
        let free = self.ready.iter().position(|session| !self.busy.contains(&actor(session)))?;
        let session = self.ready.remove(free)?;
        self.busy.insert(actor(&session));
        if let Some(watched) = self.sessions.get_mut(&session) {
            if let Some(due) = watched.due.take() {
                self.due.remove(&(due, session.clone()));
            }
            watched.tally = Tally::default();
            (watched.ready, watched.running) = (false, true);
        }
        Some(session)
    }

    /// A look is over.
    pub(super) fn done(&mut self, session: SessionKey, looked: Looked, now: Timestamp) {
        self.busy.remove(&actor(&session));
        let Some(watched) = self.sessions.get_mut(&session) else { return };
        watched.running = false;
        let latest = match looked {
            Looked::Well(left) => {
                (watched.failures, watched.rests) = (0, None);
                let waits = left.is_some_and(|left| left.waits);
                if !waits && watched.tally == Tally::default() {
                    self.sessions.remove(&session);
                    return;
                }
                watched.triggers = left.map_or(watched.triggers, |left| left.triggers);
                left.and_then(|left| left.due)
            }
            Looked::Badly => {
                watched.rest(now);
                None
            }
        };
        self.place(session, latest, now);
    }

    /// Puts a session where its turn comes, at the latest at this time.
    fn place(&mut self, session: SessionKey, latest: Option<Timestamp>, now: Timestamp) {
        let Some(watched) = self.sessions.get_mut(&session) else { return };
        if let Some(due) = watched.due.take() {
            self.due.remove(&(due, session.clone()));
        }
        let fires = watched.tally.at_once || watched.triggers.fire(&watched.tally, now);
        let due = match watched.rests {
            Some(until) => Some(until),
            None => [watched.triggers.deadline(&watched.tally), latest].into_iter().flatten().min(),
        };
        if (fires && watched.rests.is_none()) || due.is_some_and(|due| due <= now) {
            watched.queue(&mut self.ready, session);
        } else if let Some(due) = due {
            watched.due = Some(due);
            self.due.insert((due, session));
        }
    }
}

impl Watched {
    fn new(triggers: Triggers) -> Self {
        Self {
            triggers,
            tally: Tally::default(),
            due: None,
            ready: false,
            running: false,
            failures: 0,
            rests: None,
        }
    }

    /// Puts it at the end of those to look at, unless it is among them.
    fn queue(&mut self, ready: &mut VecDeque<SessionKey>, session: SessionKey) {
        if !std::mem::replace(&mut self.ready, true) {
            ready.push_back(session);
        }
    }

    /// One more look has failed.
    fn rest(&mut self, now: Timestamp) {
        let pause = PAUSE.saturating_mul(1 << self.failures.min(16)).min(LONGEST_PAUSE);
        self.failures += 1;
        self.rests = Some(now.plus(pause));
    }
}

fn actor(session: &SessionKey) -> Actor {
    (session.account.clone(), session.memory.clone(), session.actor.clone())
}

#[cfg(test)]
mod tests {
    use ids::MemorySessionId;

    use super::*;

    const NOTHING: Looked = Looked::Well(None);

    fn session(actor: &str, session: &str) -> SessionKey {
        SessionKey {
            account: AccountId::default(),
            memory: MemoryId::parse("notes-0123456789").unwrap(),
            actor: ActorId::parse(actor).unwrap(),
            session: MemorySessionId::parse(session).unwrap(),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn one(now: Timestamp) -> Tally {
        Tally { messages: 1, tokens: 1, last: now, at_once: true }
    }

    fn watching(sessions: &[SessionKey]) -> Watch {
        let mut watch = Watch::default();
        sessions.iter().cloned().for_each(|session| watch.at_once(session));
        watch
    }

    #[test]
    fn turns_come_in_order_and_an_actor_has_one_at_a_time() {
        let [a1, a2, b] = [session("a", "1"), session("a", "2"), session("b", "1")];
        let mut watch = watching(&[b.clone(), a1.clone(), a2.clone(), b.clone()]);
        assert_eq!(watch.next(), Some(b.clone()));
        assert_eq!(watch.next(), Some(a1.clone()));
        assert_eq!(watch.next(), None, "the other session of the same actor has to wait");
        watch.add(b.clone(), one(at(0)), at(0));
        watch.done(b.clone(), NOTHING, at(0));
        watch.done(a1, NOTHING, at(0));
        assert_eq!(watch.next(), Some(a2), "whoever waited longest");
        assert_eq!(watch.next(), Some(b), "something came while it was looked at");
    }

    #[test]
    fn failures_make_a_session_rest_whatever_comes() {
        let a = session("a", "1");
        let mut watch = watching(std::slice::from_ref(&a));
        let mut now = at(0);
        for pause in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            assert_eq!(watch.next(), Some(a.clone()));
            watch.done(a.clone(), Looked::Badly, now);
            watch.add(a.clone(), one(now), now);
            assert_eq!(watch.next(), None);
            now = now.plus(Duration::from_secs(pause));
            assert_eq!(watch.next_due(), Some(now));
            watch.wake(now);
        }
        assert_eq!(watch.next(), Some(a.clone()));
        watch.done(a.clone(), NOTHING, now);
        assert!(!watch.knows(&a));
    }
}
