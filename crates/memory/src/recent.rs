//! What happened of late, for whoever follows a memory. It is kept in memory and forgotten with the process: the rows
//! say what is, this says in which order it came.

use std::collections::VecDeque;
use std::sync::Mutex;

use fault::{Kind, Result};
use ids::{AccountId, ActorId, EventId, MemoryId, MemoryRecordId, MemorySessionId};
use stdx::Timestamp;

use crate::model::{Event, Record};
use crate::rows::RECORDS;
use crate::service::Memory;

/// How much is remembered, of all memories together.
const CAPACITY: usize = 8_192;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Something was said.
    Said(Event),
    /// A record was written, and is found from now on.
    Remembered(Record),
    /// A record was removed.
    Forgotten(MemoryRecordId),
}

/// Some of what happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// What happened, in order, as far as it is still there.
    pub happenings: Vec<Happening>,
    /// From where to go on.
    pub next: u64,
    /// Whether something before is forgotten already, or was before this process.
    pub missed: bool,
}

/// Where something is that happened.
#[derive(Clone, Debug)]
pub(crate) enum Trace {
    Event(ActorId, MemorySessionId, EventId),
    Record(MemoryRecordId),
}

/// The last things that happened.
#[derive(Debug)]
pub(crate) struct Recent(Mutex<Ring>);

#[derive(Debug)]
struct Ring {
    /// The number of the next one. Greater than any of an earlier process.
    next: u64,
    traces: VecDeque<(AccountId, MemoryId, Timestamp, Trace)>,
}

impl Recent {
    /// Nothing yet.
    pub(crate) fn new(now: Timestamp) -> Self {
        let next = u64::try_from(now.as_millis()).unwrap_or_default().saturating_mul(1_000);
        Self(Mutex::new(Ring { next, traces: VecDeque::new() }))
    }

    /// Notes that something happened in a memory.
    pub(crate) fn note(&self, account: &AccountId, memory: &MemoryId, at: Timestamp, trace: Trace) {
        let mut ring = self.ring();
        if ring.traces.len() == CAPACITY {
            ring.traces.pop_front();
        }
        ring.next += 1;
        ring.traces.push_back((account.clone(), memory.clone(), at, trace));
    }

    fn ring(&self) -> std::sync::MutexGuard<'_, Ring> {
        self.0.lock().expect("no holder of the ring's lock panics")
    }
}

impl Ring {
    /// At most `limit` traces of a memory from this number on, or the last ones; and from where to go on.
    fn read(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        from: Option<u64>,
        limit: usize,
    ) -> (Vec<(Timestamp, Trace)>, u64, bool) {
        let first = self.next - self.traces.len() as u64;
        let numbered = (first..).zip(&self.traces);
        let here = numbered.filter(|(_, (of, within, ..))| (of, within) == (account, memory));
        let mut here: Vec<_> =
            here.map(|(number, (_, _, at, trace))| (number, (*at, trace.clone()))).collect();
        let mut next = self.next;
        match from {
            None => drop(here.drain(..here.len().saturating_sub(limit))),
            Some(from) => {
                here.retain(|(number, _)| *number >= from);
                if let Some((number, _)) = here.get(limit) {
                    next = *number;
                }
                here.truncate(limit);
            }
        }
        let traces = here.into_iter().map(|(_, trace)| trace).collect();
        (traces, next, from.is_some_and(|from| from < first))
    }
}

impl Memory {
    /// What happened in a memory: from a number on that an earlier call gave, or the last things before now.
    pub async fn happened(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        from: Option<u64>,
        limit: usize,
    ) -> Result<Followed> {
        self.definition(account, memory).await?;
        let (traces, next, missed) = self.0.recent.ring().read(account, memory, from, limit);
        let mut happenings = Vec::with_capacity(traces.len());
        for (at, trace) in traces {
            if let Some(what) = self.what_happened(account, memory, trace).await? {
                happenings.push(Happening { at, what });
            }
        }
        Ok(Followed { happenings, next, missed })
    }

    /// What a trace leads to; nothing if that is an event that is gone.
    async fn what_happened(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        trace: Trace,
    ) -> Result<Option<What>> {
        match trace {
            Trace::Event(actor, session, id) => {
                let (account, memory) = (account.clone(), memory.clone());
                let session = crate::events::SessionKey { account, memory, actor, session };
                match self.get_event(&session, &id).await {
                    Ok(event) => Ok(Some(What::Said(event))),
                    Err(fault) if *fault.kind() == Kind::NotFound => Ok(None),
                    Err(fault) => Err(fault),
                }
            }
            Trace::Record(id) => {
                let key = store::Key::of([account.as_str(), memory.as_str(), id.as_str()]);
                let row = RECORDS.get(self.store(), &key).await?;
                Ok(Some(row.map_or(What::Forgotten(id), |row| What::Remembered(row.value))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> (AccountId, MemoryId, MemoryId) {
        let memory = |text| MemoryId::parse(text).unwrap();
        (AccountId::default(), memory("one-0123456789"), memory("two-0123456789"))
    }

    fn record(number: usize) -> MemoryRecordId {
        MemoryRecordId::parse(&format!("mem-{number:040}")).unwrap()
    }

    fn records(traces: Vec<(Timestamp, Trace)>) -> Vec<MemoryRecordId> {
        let record = |(_, trace)| match trace {
            Trace::Record(id) => id,
            Trace::Event(..) => panic!("only records were noted"),
        };
        traces.into_iter().map(record).collect()
    }

    #[test]
    fn a_follower_sees_everything_once_and_only_of_its_memory() {
        let (account, one, two) = names();
        let now = Timestamp::from_millis(5);
        let recent = Recent::new(now);
        for number in 0..10 {
            let memory = if number % 2 == 0 { &one } else { &two };
            recent.note(&account, memory, now, Trace::Record(record(number)));
        }
        let (last, mut from, _) = recent.ring().read(&account, &one, None, 2);
        assert_eq!(records(last), [record(6), record(8)]);
        recent.note(&account, &one, now, Trace::Record(record(10)));
        recent.note(&account, &two, now, Trace::Record(record(11)));
        recent.note(&account, &one, now, Trace::Record(record(12)));
        for expected in [vec![record(10)], vec![record(12)], vec![]] {
            let (found, next, missed) = recent.ring().read(&account, &one, Some(from), 1);
            assert_eq!((records(found), missed), (expected, false));
            from = next;
        }
    }

    #[test]
    fn what_was_forgotten_is_said() {
        let (account, one, _) = names();
        let now = Timestamp::from_millis(5);
        let recent = Recent::new(now);
        let (_, from, _) = recent.ring().read(&account, &one, None, 1);
        for number in 0..=CAPACITY {
            recent.note(&account, &one, now, Trace::Record(record(number)));
        }
        let (found, _, missed) = recent.ring().read(&account, &one, Some(from), 1);
        assert_eq!((records(found), missed), (vec![record(1)], true));
        let later = Recent::new(Timestamp::from_millis(10_000));
        assert!(later.ring().read(&account, &one, Some(from), 1).2, "an earlier process's number");
    }
}
