//! The order in which events arrive, and how far it is settled.
//!
//! Arrivals are numbers that grow: milliseconds, and a count within them. Several events are being written at once, so a
//! greater one can be there before a smaller one is. Whoever goes along the order with a cursor (the index, extraction)
//! must not pass one that is still on its way, and asks up to where everything is [`settled`](Arrivals::settled).
//!
//! Numbers never come again, not even if the clock was set back while nothing ran: how far they may go is written down
//! ahead of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use stdx::Timestamp;
use store::{Batch, Expect, Key, Revision, Space, Store, StoreError, Table};

/// How far arrivals may go.
const RESERVED: Table<u64> = Table::new(Space::new("memory-arrivals"));

/// How far ahead that is written down. After a restart arrivals go on from there, so for so long they are ahead of time.
const AHEAD: Duration = Duration::from_secs(10);

/// So many arrivals have room in one millisecond.
const BITS: u32 = 20;

/// When an event arrived, among all events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Arrival(u64);

impl Arrival {
    /// Before every other.
    pub(crate) const FIRST: Self = Self(0);

    /// The first that an event of this time can have.
    pub(crate) fn at(time: Timestamp) -> Self {
        let millis = u64::try_from(time.as_millis()).unwrap_or(0);
        Self(millis.min(u64::MAX >> BITS) << BITS)
    }

    /// The last that an event of this time can have.
    fn last_at(time: Timestamp) -> Self {
        Self(Self::at(time).0 | ((1 << BITS) - 1))
    }

    pub(crate) const fn from_number(number: u64) -> Self {
        Self(number)
    }

    pub(crate) const fn number(self) -> u64 {
        self.0
    }

    /// When that was.
    #[cfg(test)]
    pub(crate) fn time(self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.0 >> BITS).unwrap_or(i64::MAX))
    }

    /// As an event's id tells it.
    pub(crate) fn hex(self) -> String {
        format!("{:016x}", self.0)
    }

    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        (text.len() == 16).then(|| u64::from_str_radix(text, 16).ok().map(Self)).flatten()
    }

    /// A key's segment. The oldest comes first.
    pub(crate) fn segment(self) -> String {
        format!("{:020}", self.0)
    }

    pub(crate) fn of_segment(segment: &str) -> Option<Self> {
        segment.parse().ok().map(Self)
    }
}

/// Gives out arrivals.
pub(crate) struct Arrivals {
    state: Arc<Mutex<Order>>,
}

struct Order {
    /// The last one that was given out.
    last: u64,
    /// None beyond this may be given out yet,
    reserved: u64,
    /// as the row of this revision says.
    revision: Option<Revision>,
    /// Those that are on their way.
    open: BTreeSet<u64>,
}

/// An arrival whose event is on its way, until this is dropped.
pub(crate) struct Arriving {
    pub(crate) arrival: Arrival,
    state: Arc<Mutex<Order>>,
}

impl Arrivals {
    /// Goes on after every arrival that there can have been.
    pub(crate) async fn recover(store: &dyn Store) -> Result<Self, StoreError> {
        let row = RESERVED.get(store, &key()).await?;
        let reserved = row.as_ref().map_or(0, |row| row.value);
        let revision = row.map(|row| row.revision);
        let order = Order { last: reserved, reserved, revision, open: BTreeSet::new() };
        Ok(Self { state: Arc::new(Mutex::new(order)) })
    }

    /// The next arrival.
    pub(crate) async fn next(&self, store: &dyn Store, now: Timestamp) -> Result<Arriving, StoreError> {
        loop {
            if let Some(arrival) = self.order().take(now) {
                return Ok(Arriving { arrival, state: Arc::clone(&self.state) });
            }
            self.reserve(store, now).await?;
        }
    }

    /// Everything that has arrived up to and including this is written or never will be.
    pub(crate) fn settled(&self) -> Arrival {
        let order = self.order();
        Arrival(order.open.first().map_or(order.last, |open| open - 1))
    }

    /// The last that an event of this age can have. After a restart arrivals are ahead of the time and do not tell an
    /// event's age: then it is the last of all.
    pub(crate) fn before(&self, now: Timestamp, age: Duration) -> Arrival {
        let settled = self.settled();
        if settled > Arrival::last_at(now) {
            return settled;
        }
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        settled.min(Arrival::last_at(Timestamp::from_millis(now.as_millis().saturating_sub(age))))
    }

    async fn reserve(&self, store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
        let (expect, bound) = {
            let order = self.order();
            let from = order.last.max(Arrival::at(now).0);
            let ahead = Arrival::at(Timestamp::from_millis(0).plus(AHEAD)).0;
            (order.revision.map_or(Expect::Absent, Expect::At), from.saturating_add(ahead))
        };
        let committed = store.commit(Batch::new().and(RESERVED.put(key(), &bound, expect))).await;
        match committed {
            Ok(revision) => self.order().learn(bound, revision),
            // Somebody else did at the same time.
            Err(StoreError::Conflict { .. }) => {
                if let Some(row) = RESERVED.get(store, &key()).await? {
                    self.order().learn(row.value, row.revision);
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn order(&self) -> MutexGuard<'_, Order> {
        lock(&self.state)
    }
}

impl Order {
    fn take(&mut self, now: Timestamp) -> Option<Arrival> {
        let next = (self.last + 1).max(Arrival::at(now).0);
        if next > self.reserved {
            return None;
        }
        self.last = next;
        self.open.insert(next);
        Some(Arrival(next))
    }

    fn learn(&mut self, bound: u64, revision: Revision) {
        if self.revision.is_none_or(|known| known < revision) {
            self.reserved = bound;
            self.revision = Some(revision);
        }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        lock(&self.state).open.remove(&self.arrival.0);
    }
}

fn lock(order: &Mutex<Order>) -> MutexGuard<'_, Order> {
    order.lock().expect("no holder of the order's lock panics")
}

fn key() -> Key {
    Key::of(["reserved"])
}

#[cfg(test)]
mod tests {
    use store::memory::MemoryStore;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[tokio::test]
    async fn arrivals_grow_even_while_the_clock_stands_or_goes_back() {
        let store = MemoryStore::new();
        let arrivals = Arrivals::recover(&store).await.unwrap();
        let mut last = Arrival::FIRST;
        for now in [1_000_000, 1_000_000, 999_000, 5_000_000, 4_999_999] {
            let next = arrivals.next(&store, at(now)).await.unwrap().arrival;
            assert!(next > last, "{now}");
            last = next;
        }
        assert_eq!(last.time(), at(5_000_000));
    }

    #[tokio::test]
    async fn a_clock_that_was_set_back_while_nothing_ran_changes_nothing() {
        let store = MemoryStore::new();
        let before =
            Arrivals::recover(&store).await.unwrap().next(&store, at(9_000_000)).await.unwrap().arrival;
        let after = Arrivals::recover(&store).await.unwrap().next(&store, at(1_000)).await.unwrap().arrival;
        assert!(after > before);
    }

    #[tokio::test]
    async fn an_arrival_tells_the_age_unless_it_is_ahead_of_the_time() {
        let store = MemoryStore::new();
        let arrivals = Arrivals::recover(&store).await.unwrap();
        let second = Duration::from_secs(1);
        let old = arrivals.next(&store, at(5_000)).await.unwrap().arrival;
        let new = arrivals.next(&store, at(5_001)).await.unwrap().arrival;
        let before = arrivals.before(at(6_000), second);
        assert!(old <= before && before < new);
        assert_eq!(arrivals.before(at(6_001), second), new);
        let arrivals = Arrivals::recover(&store).await.unwrap();
        let ahead = arrivals.next(&store, at(6_001)).await.unwrap().arrival;
        assert!(ahead > Arrival::at(at(6_001)));
        assert_eq!(arrivals.before(at(6_001), second), ahead);
    }

    #[tokio::test]
    async fn what_is_on_its_way_is_not_settled() {
        let store = MemoryStore::new();
        let arrivals = Arrivals::recover(&store).await.unwrap();
        let first = arrivals.next(&store, at(7)).await.unwrap();
        let second = arrivals.next(&store, at(7)).await.unwrap();
        let (one, two) = (first.arrival, second.arrival);
        drop(second);
        assert!(arrivals.settled() < one);
        drop(first);
        assert_eq!(arrivals.settled(), two);
    }
}
