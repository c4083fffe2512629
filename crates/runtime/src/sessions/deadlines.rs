//! When suspended sessions end. No task waits for any of them: one sweeper looks at the earliest.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use stdx::Timestamp;
use store::Key;
use tokio::sync::Notify;

use crate::rows::Suspension;

/// Who looked at the clock first need not come first.
const JITTER: Duration = Duration::from_secs(1);

/// The deadlines of suspended sessions, by the keys of their records.
#[derive(Default)]
pub(crate) struct Deadlines {
    table: Mutex<Table>,
    /// That there is another one.
    pub(super) added: Notify,
}

#[derive(Default)]
struct Table {
    order: BTreeSet<(Timestamp, Key)>,
    by_key: HashMap<Key, Deadline>,
    /// The clock at the last look: a later look at an earlier time tells that somebody has set it back.
    looked: Timestamp,
}

#[derive(Clone, Copy)]
struct Deadline {
    at: Timestamp,
    /// What the record says, by which it is known again.
    recorded: Timestamp,
}

impl Deadlines {
    /// Takes note of a suspension.
    pub(crate) fn insert(&self, key: Key, suspended: &Suspension, now: Timestamp) {
        let mut table = self.lock();
        table.heed(now);
        table.remove(&key);
        // Written ahead of time, as by a clock that somebody has set back since: it has as long as it was given.
        let recorded = suspended.expires_at;
        let at = recorded.min(now.plus(recorded.since(suspended.at)));
        table.order.insert((at, key.clone()));
        table.by_key.insert(key, Deadline { at, recorded });
        drop(table);
        self.added.notify_one();
    }

    pub(crate) fn remove(&self, key: &Key) {
        self.lock().remove(key);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().by_key.len()
    }

    /// Takes out what is due, with the deadline as the record has it, and says when to look again.
    pub(super) fn due(&self, now: Timestamp) -> (Vec<(Key, Timestamp)>, Option<Timestamp>) {
        let mut table = self.lock();
        table.heed(now);
        let mut due = Vec::new();
        while let Some((at, key)) = table.order.first().cloned() {
            if at > now {
                return (due, Some(at));
            }
            if let Some(deadline) = table.remove(&key) {
                due.push((key, deadline.recorded));
            }
        }
        (due, None)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().expect("no holder of the deadlines' lock panics")
    }
}

impl Table {
    fn remove(&mut self, key: &Key) -> Option<Deadline> {
        let deadline = self.by_key.remove(key)?;
        self.order.remove(&(deadline.at, key.clone()));
        Some(deadline)
    }

    /// Whoever sets the clock back by an hour gives nobody an hour more: what lies ahead comes as soon as before.
    fn heed(&mut self, now: Timestamp) {
        let back = self.looked.since(now);
        if back < JITTER {
            self.looked = self.looked.max(now);
            return;
        }
        self.looked = now;
        let back = u64::try_from(back.as_millis()).unwrap_or(u64::MAX);
        let earlier = |at: Timestamp| Timestamp::from_millis(at.as_millis().saturating_sub_unsigned(back));
        self.order =
            std::mem::take(&mut self.order).into_iter().map(|(at, key)| (earlier(at), key)).collect();
        self.by_key.values_mut().for_each(|deadline| deadline.at = earlier(deadline.at));
    }
}

#[cfg(test)]
mod tests {
    use sandbox::SnapshotName;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn suspended(now: i64, expires_at: i64) -> Suspension {
        Suspension {
            snapshot: SnapshotName::parse("some").unwrap(),
            bytes: 1,
            hostname: "host".to_owned(),
            at: at(now),
            idle_since: at(now),
            expires_at: at(expires_at),
            ends_at: at(expires_at),
            forked: false,
        }
    }

    fn key(name: &str) -> Key {
        Key::of([name])
    }

    #[test]
    fn what_is_due_comes_out_once_and_in_order() {
        let deadlines = Deadlines::default();
        for (name, expires_at) in [("late", 90), ("soon", 10), ("gone", 5), ("sooner", 7)] {
            deadlines.insert(key(name), &suspended(0, expires_at), at(0));
        }
        deadlines.remove(&key("gone"));
        assert_eq!(deadlines.due(at(6)), (vec![], Some(at(7))));
        let due = vec![(key("sooner"), at(7)), (key("soon"), at(10))];
        assert_eq!(deadlines.due(at(10)), (due, Some(at(90))));
        assert_eq!(deadlines.count(), 1);
        // Suspended again, with a later end: only that counts.
        deadlines.insert(key("late"), &suspended(10, 200), at(10));
        assert_eq!(deadlines.due(at(100)), (vec![], Some(at(200))));
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_immortal() {
        let deadlines = Deadlines::default();
        let day = 24 * 3600;
        deadlines.insert(key("before"), &suspended(day, day + 900), at(day));
        assert_eq!(deadlines.due(at(100)), (vec![], Some(at(1000))));
        // Read from a record that was written before the clock was set back.
        deadlines.insert(key("read"), &suspended(day, day + 800), at(100));
        assert_eq!(deadlines.due(at(900)), (vec![(key("read"), at(day + 800))], Some(at(1000))));
        assert_eq!(deadlines.due(at(1000)), (vec![(key("before"), at(day + 900))], None));
    }

    #[test]
    fn a_clock_that_jumps_ahead_ends_what_its_time_says() {
        let deadlines = Deadlines::default();
        deadlines.insert(key("one"), &suspended(0, 900), at(0));
        let (due, next) = deadlines.due(at(0).plus(Duration::from_secs(365 * 24 * 3600)));
        assert_eq!((due.len(), next), (1, None));
    }
}
