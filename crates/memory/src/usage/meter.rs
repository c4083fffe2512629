//! Counting, and writing down what was counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use fault::Result;
use ids::{AccountId, MemoryId};
use stdx::{Rng, Timestamp};
use store::{Batch, Expect, KeyRange};

use super::{HOUR, USAGE, Used, hour_of, usage_key};
use crate::rows::MEMORIES;
use crate::service::{Memory, report};

/// How often what was counted is written.
const EVERY: Duration = Duration::from_secs(5);
/// How often records are counted.
const COUNT_EVERY: i64 = 600_000;
/// How many old rows are removed in one step.
const STEP: usize = 1_000;

/// Totals of this process.
#[derive(Debug)]
pub(crate) struct Meter {
    /// What the keys of this process end with.
    run: String,
    totals: Mutex<BTreeMap<Place, Total>>,
}

/// Whose usage, and of when.
type Place = (AccountId, MemoryId, i64);

#[derive(Clone, Copy, Debug, Default)]
struct Total {
    used: Used,
    /// Whether it is other than what was written last.
    changed: bool,
}

impl Meter {
    /// Nothing counted yet.
    pub(crate) fn new(rng: &dyn Rng) -> Self {
        Self { run: rng.alphanumeric(12), totals: Mutex::default() }
    }

    /// An event was written.
    pub(crate) fn event(&self, account: &AccountId, memory: &MemoryId, at: Timestamp) {
        self.change(account, memory, at, |used| used.events += 1);
    }

    /// Records were searched for.
    pub(crate) fn retrieval(&self, account: &AccountId, memory: &MemoryId, at: Timestamp) {
        self.change(account, memory, at, |used| used.retrievals += 1);
    }

    fn change(&self, account: &AccountId, memory: &MemoryId, at: Timestamp, change: impl FnOnce(&mut Used)) {
        let mut totals = self.totals();
        let total = totals.entry((account.clone(), memory.clone(), hour_of(at))).or_default();
        change(&mut total.used);
        total.changed = true;
    }

    /// What has to be written; hours that are over are forgotten.
    fn take(&self, now: Timestamp) -> Vec<(Place, Used)> {
        let mut totals = self.totals();
        let changed = totals.iter().filter(|(_, total)| total.changed);
        let changed = changed.map(|(place, total)| (place.clone(), total.used)).collect();
        // One hour stays, for what was begun before its end.
        totals.retain(|(_, _, hour), _| *hour + 1 >= hour_of(now));
        totals.values_mut().for_each(|total| total.changed = false);
        changed
    }

    /// What could not be written has to be written later.
    fn put_back(&self, taken: Vec<(Place, Used)>) {
        let mut totals = self.totals();
        for (place, used) in taken {
            let total = totals.entry(place).or_insert(Total { used, changed: true });
            total.changed = true;
        }
    }

    fn totals(&self) -> MutexGuard<'_, BTreeMap<Place, Total>> {
        self.totals.lock().expect("no holder of the totals' lock panics")
    }
}

impl Memory {
    /// Runs until the service is shut down.
    pub(crate) async fn keep_usage(&self) {
        let mut counted = None;
        loop {
            let now = self.now();
            if counted.is_none_or(|at| at != now.as_millis().div_euclid(COUNT_EVERY)) {
                match self.count_records(now).await {
                    Ok(()) => counted = Some(now.as_millis().div_euclid(COUNT_EVERY)),
                    Err(error) => report(&error, "the records of memories could not be counted"),
                }
            }
            self.write_usage().await;
            let next = self.0.clock.sleep_until(now.plus(EVERY));
            if self.0.stopping.run_until_cancelled(next).await.is_none() {
                break;
            }
        }
        self.write_usage().await;
    }

    /// Removes usage that is older than it is kept; says how many rows that were.
    pub async fn sweep_usage(&self) -> Result<u64> {
        let kept = i64::try_from(self.0.options.keep_usage.as_millis()).unwrap_or(i64::MAX);
        let before = hour_of(Timestamp::from_millis(self.now().as_millis().saturating_sub(kept)));
        let mut removed = 0;
        let mut range = KeyRange::all();
        loop {
            let rows = USAGE.list(self.store(), &range, STEP).await?;
            let Some(last) = rows.last() else { return Ok(removed) };
            range = range.after(last.key.clone());
            let hour =
                |row: &store::Entry<Used>| row.key.segments().nth(1).and_then(|hour| hour.parse().ok());
            let old = rows.into_iter().filter(|row| hour(row).is_none_or(|hour: i64| hour < before));
            let old: Vec<_> = old.map(|row| USAGE.delete(row.key, Expect::Any)).collect();
            removed += old.len() as u64;
            if !old.is_empty() {
                self.store().commit(Batch::new().with(old)).await?;
            }
        }
    }

    async fn count_records(&self, now: Timestamp) -> Result<()> {
        for row in MEMORIES.list(self.store(), &KeyRange::all(), usize::MAX).await? {
            let (account, memory) = (&row.value.account, &row.value.id);
            let records = self.records_found(account, memory).await?;
            if records > 0 {
                self.0.usage.change(account, memory, now, |used| used.records = used.records.max(records));
            }
        }
        Ok(())
    }

    /// Writes what was counted.
    pub(super) async fn write_usage(&self) {
        let taken = self.0.usage.take(self.now());
        if taken.is_empty() {
            return;
        }
        let rows = taken.iter().map(|((account, memory, hour), used)| {
            USAGE.put(usage_key(account, *hour, memory, &self.0.usage.run), used, Expect::Any)
        });
        if let Err(error) = self.store().commit(Batch::new().with(rows.collect::<Vec<_>>())).await {
            report(&error.into(), "the use of memories could not be written");
            self.0.usage.put_back(taken);
        }
    }
}

const _: () = assert!(HOUR % COUNT_EVERY == 0, "each hour has its own counts");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_written_when_they_change_and_forgotten_when_their_hour_is_long_over() {
        let (account, memory) = (AccountId::default(), MemoryId::parse("one-0123456789").unwrap());
        let meter = Meter::new(&stdx::SystemRng);
        let at = |hour: i64| Timestamp::from_millis(hour * HOUR + 1);
        meter.event(&account, &memory, at(1));
        meter.event(&account, &memory, at(1));
        meter.retrieval(&account, &memory, at(2));
        let used = |events, retrievals| Used { events, retrievals, records: 0 };
        let counts = |taken: Vec<(Place, Used)>| taken.into_iter().map(|(_, used)| used).collect::<Vec<_>>();
        assert_eq!(counts(meter.take(at(2))), [used(2, 0), used(0, 1)]);
        assert_eq!(counts(meter.take(at(2))), []);
        meter.event(&account, &memory, at(1));
        let taken = meter.take(at(2));
        assert_eq!(counts(taken.clone()), [used(3, 0)]);
        meter.put_back(taken);
        assert_eq!(counts(meter.take(at(3))), [used(3, 0)], "what could not be written is written later");
        assert!(!meter.totals().keys().any(|(_, _, hour)| *hour == 1));
    }
}
