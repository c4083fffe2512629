//! What the use of memories comes to.

use std::collections::BTreeMap;
use std::ops::Bound;

use fault::Result;
use ids::{AccountId, MemoryId};
use stdx::Timestamp;
use store::{Entry, Key, KeyRange};

use super::prices::{Prices, decimal};
use super::{USAGE, Used, hour_of, hour_segment};
use crate::service::Memory;

/// How many rows are read in one step.
const STEP: usize = 1_000;
/// Hours of a month.
const MONTH: u128 = 730;
const THOUSAND: u128 = 1_000;

/// What an account's memories were used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// What the costs are in.
    pub currency: String,
    /// By memory, those that are gone among them.
    pub lines: Vec<Line>,
    /// The sum of the lines.
    pub total: Totals,
}

/// What a memory was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub memory: MemoryId,
    /// How much.
    pub totals: Totals,
}

/// Sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Events written.
    pub events: u64,
    /// Searches for records.
    pub retrievals: u64,
    /// Records, times the hours that they were there.
    pub record_hours: u64,
    /// Millionths of the currency.
    cost: u128,
}

impl Totals {
    /// The cost as a decimal number.
    pub fn cost(&self) -> String {
        decimal(self.cost)
    }

    fn priced(self, prices: &Prices) -> Self {
        let once = prices.events.of(self.events) + prices.retrievals.of(self.retrievals);
        let billionths = (once + prices.records.of(self.record_hours) / MONTH) / THOUSAND;
        Self { cost: (billionths + THOUSAND / 2) / THOUSAND, ..self }
    }

    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.retrievals += other.retrievals;
        self.record_hours += other.record_hours;
        self.cost += other.cost;
    }
}

impl Memory {
    /// What the account's memories were used for in the hours from one moment to another.
    pub async fn usage(
        &self,
        account: &AccountId,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Bill> {
        self.write_usage().await;
        let mut range = KeyRange::below([account.as_str()]);
        if let Some(from) = from {
            range.from = Bound::Included(Key::of([account.as_str(), &hour_segment(hour_of(from))]));
        }
        if let Some(until) = until {
            let after = hour_of(until.plus(std::time::Duration::from_millis(super::HOUR.unsigned_abs() - 1)));
            range.to = Bound::Excluded(Key::of([account.as_str(), &hour_segment(after)]));
        }
        let mut sums = Sums::default();
        loop {
            let rows = USAGE.list(self.store(), &range, STEP).await?;
            let Some(last) = rows.last() else { break };
            range = range.after(last.key.clone());
            rows.iter().for_each(|row| sums.add(row));
        }
        let prices = &self.0.options.prices;
        let lines =
            sums.finish().into_iter().map(|(memory, totals)| Line { memory, totals: totals.priced(prices) });
        let lines: Vec<Line> = lines.collect();
        let mut total = Totals::default();
        lines.iter().for_each(|line| total.add(line.totals));
        Ok(Bill { currency: prices.currency.clone(), lines, total })
    }
}

/// Sums of rows that come in the order of their hours and memories.
#[derive(Default)]
struct Sums {
    memories: BTreeMap<MemoryId, Totals>,
    /// The most records of a memory in an hour, whichever process saw them.
    records: BTreeMap<(String, MemoryId), u64>,
}

impl Sums {
    fn add(&mut self, row: &Entry<Used>) {
        let mut segments = row.key.segments().skip(1);
        let (hour, memory) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
        let Ok(memory) = MemoryId::parse(memory) else { return };
        let Used { events, retrievals, records } = row.value;
        self.memories.entry(memory.clone()).or_default().add(Totals {
            events,
            retrievals,
            ..Totals::default()
        });
        let most = self.records.entry((hour.to_owned(), memory)).or_default();
        *most = records.max(*most);
    }

    fn finish(mut self) -> BTreeMap<MemoryId, Totals> {
        for ((_, memory), records) in self.records {
            self.memories.entry(memory).or_default().record_hours += records;
        }
        self.memories
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_those_of_thousands_and_months() {
        let totals = |events, retrievals, record_hours| {
            let totals = Totals { events, retrievals, record_hours, cost: 0 };
            totals.priced(&Prices::default()).cost()
        };
        assert_eq!(totals(1_000, 0, 0), "0.250000");
        assert_eq!(totals(0, 1_000, 0), "0.500000");
        assert_eq!(totals(0, 0, 730_000), "0.750000");
        assert_eq!(totals(1, 1, 1), "0.000751");
    }
}
