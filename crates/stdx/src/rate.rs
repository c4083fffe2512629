//! How often something may be done: token buckets.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::Timestamp;

/// Buckets beyond which those are forgotten that are full again: they say nothing that missing ones do not.
const MANY: usize = 1024;

/// So many times in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    times: u32,
    /// In milliseconds.
    period: i64,
}

/// A bucket for each key, which holds what its rate allows in one period.
#[derive(Debug)]
pub struct Buckets<K>(Mutex<HashMap<K, Level>>);

#[derive(Clone, Copy, Debug)]
struct Level {
    rate: Rate,
    /// Parts of a token, as many of which make one as the period has milliseconds: what a millisecond adds is then a
    /// whole number. Below zero, more was spent than there was.
    parts: i64,
    at: Timestamp,
}

impl Rate {
    /// So many times a second.
    pub const fn a_second(times: u32) -> Self {
        Self { times, period: 1_000 }
    }

    /// So many times a minute.
    pub const fn a_minute(times: u32) -> Self {
        Self { times, period: 60_000 }
    }

    /// How often in its period.
    pub const fn times(self) -> u32 {
        self.times
    }

    /// What a full bucket holds.
    fn full(self) -> i64 {
        i64::from(self.times) * self.period
    }
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Buckets<K> {
    /// Takes a token from the key's bucket, and says whether there was one. A key has one rate at all times.
    pub fn take(&self, key: K, rate: Rate, now: Timestamp) -> bool {
        let mut levels = self.levels(now);
        let level = levels.get(&key).map_or(rate.full(), |level| level.refilled(now));
        let there = level >= rate.period;
        if there {
            levels.insert(key, Level { rate, parts: level - rate.period, at: now });
        }
        there
    }

    /// Takes so many, whether they are there or not: for what is known only once it was done.
    pub fn spend(&self, key: K, rate: Rate, times: u64, now: Timestamp) {
        let mut levels = self.levels(now);
        let level = levels.get(&key).map_or(rate.full(), |level| level.refilled(now));
        let spent = i64::try_from(times).unwrap_or(i64::MAX).saturating_mul(rate.period);
        levels.insert(key, Level { rate, parts: level.saturating_sub(spent), at: now });
    }

    /// How long it is until the key's bucket has a token.
    pub fn until_one(&self, key: &K, now: Timestamp) -> Duration {
        let levels = self.levels(now);
        let Some(level) = levels.get(key) else { return Duration::ZERO };
        let missing = level.rate.period.saturating_sub(level.refilled(now)).max(0).unsigned_abs();
        match u64::from(level.rate.times) {
            0 => Duration::MAX,
            times => Duration::from_millis(missing.div_ceil(times)),
        }
    }

    fn levels(&self, now: Timestamp) -> MutexGuard<'_, HashMap<K, Level>> {
        let mut levels = self.0.lock().expect("no holder of a bucket's lock panics");
        if levels.len() > MANY {
            levels.retain(|_, level| level.refilled(now) < level.rate.full());
        }
        levels
    }
}

impl Level {
    fn refilled(self, now: Timestamp) -> i64 {
        let passed = i64::try_from(now.since(self.at).as_millis()).unwrap_or(i64::MAX);
        let added = passed.saturating_mul(i64::from(self.rate.times));
        self.parts.saturating_add(added).min(self.rate.full())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + millis)
    }

    #[test]
    fn a_second_refills_what_a_burst_took() {
        let (buckets, rate) = (Buckets::default(), Rate::a_second(3));
        let taken = (0..5).filter(|_| buckets.take("one", rate, at(0))).count();
        assert_eq!(taken, 3);
        assert!(buckets.take("other", rate, at(0)), "buckets are each key's own");
        assert!(!buckets.take("one", rate, at(300)));
        assert!(buckets.take("one", rate, at(340)));
    }

    #[test]
    fn keys_differ_in_their_rates() {
        let (buckets, seldom) = (Buckets::default(), Rate::a_minute(1));
        assert!(buckets.take(0, seldom, at(0)));
        // So many others that full ones are forgotten; this one is not full.
        (1..3_000).for_each(|key| assert!(buckets.take(key, Rate::a_second(9), at(i64::from(key) * 10))));
        assert!(!buckets.take(0, seldom, at(59_999)));
        assert!(buckets.take(0, seldom, at(60_000)));
        assert!(buckets.0.lock().unwrap().len() < 2_000);
    }

    #[test]
    fn what_was_spent_beyond_what_was_there_has_to_come_in_again() {
        let (buckets, rate) = (Buckets::default(), Rate::a_minute(600));
        assert_eq!(buckets.until_one(&"key", at(0)), Duration::ZERO);
        buckets.spend("key", rate, 900, at(0));
        assert_eq!(buckets.until_one(&"key", at(0)), Duration::from_millis(30_100));
        assert!(!buckets.take("key", rate, at(30_099)));
        assert_eq!(buckets.until_one(&"key", at(30_100)), Duration::ZERO);
        assert!(buckets.take("key", rate, at(30_100)));
        buckets.spend("key", rate, u64::MAX, at(30_100));
        assert!(buckets.until_one(&"key", at(30_100)) > Duration::from_hours(24));
    }

    #[test]
    fn nothing_may_be_done_no_times_a_second() {
        let buckets = Buckets::default();
        assert!(!buckets.take((), Rate::a_second(0), at(0)));
        buckets.spend((), Rate::a_second(0), 1, at(0));
        assert_eq!(buckets.until_one(&(), at(0)), Duration::MAX);
    }
}
