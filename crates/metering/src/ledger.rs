//! The account of one life: readings go in, totals by the hour come out. Pure: it has no clock and no store.
//!
//! A life's seconds are laid end to end from its start, measured by a clock that nobody sets: whatever happens to the
//! wall clock, no second is made, lost or counted in two hours.

use std::time::Duration;

use stdx::Timestamp;

use crate::life::Reading;

/// The least memory that a second is charged for, in KiB.
pub(crate) const LEAST_MEMORY: u64 = 128 * 1024;

const HOUR: i64 = 3_600_000;

/// What one life used in one hour, so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// The hour's number since the epoch.
    pub(crate) hour: i64,
    /// When the life began to be in this hour.
    pub(crate) from: Timestamp,
    /// Up to when this is what it used.
    pub(crate) until: Timestamp,
    /// Seconds charged for.
    pub(crate) seconds: u64,
    /// Processor time, in milliseconds.
    pub(crate) cpu: u64,
    /// Memory over time, in KiB times seconds.
    pub(crate) memory: u64,
}

/// What a reading adds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Added {
    /// In milliseconds.
    pub(crate) cpu: u64,
    /// In KiB times seconds.
    pub(crate) memory: u64,
}

#[derive(Debug)]
pub(crate) struct Ledger {
    started_at: Timestamp,
    seconds: u64,
    cpu: u64,
    peak: u64,
    over: Vec<Share>,
    current: Share,
}

impl Ledger {
    pub(crate) fn new(started_at: Timestamp) -> Self {
        let current = Share::begin(hour_of(started_at), started_at);
        Self { started_at, seconds: 0, cpu: 0, peak: LEAST_MEMORY, over: Vec::new(), current }
    }

    /// Takes a reading when the life is `age` old. Seconds are charged once they are over.
    pub(crate) fn read(&mut self, age: Duration, reading: Reading) -> Added {
        self.take(age, age.as_secs(), reading)
    }

    /// Takes the last reading. A second that was begun is charged for, and the first one in any case.
    pub(crate) fn end(&mut self, age: Duration, reading: Reading) -> Added {
        let seconds = age.as_secs() + u64::from(age.subsec_nanos() > 0);
        self.take(age, seconds.max(1), reading)
    }

    fn take(&mut self, age: Duration, seconds: u64, reading: Reading) -> Added {
        self.peak = self.peak.max(reading.memory.div_ceil(1024));
        let memory = self.charge(seconds);
        // A meter that has lost its sandbox may fall back; what was counted stays counted.
        let cpu = u64::try_from(reading.cpu.as_millis()).unwrap_or(u64::MAX).max(self.cpu);
        let added = Added { cpu: cpu - self.cpu, memory };
        self.cpu = cpu;
        self.enter_hour();
        self.current.cpu += added.cpu;
        self.current.until = self.current.from.max(self.started_at.plus(age));
        added
    }

    /// Charges for the seconds up to this number, each in the hour in which it began.
    fn charge(&mut self, seconds: u64) -> u64 {
        let mut charged = 0;
        while self.seconds < seconds {
            self.enter_hour();
            let next_hour = Timestamp::from_millis((self.current.hour + 1) * HOUR);
            let begin_here = next_hour.since(self.second()).as_millis().div_ceil(1000);
            let begin_here = u64::try_from(begin_here).unwrap_or(u64::MAX);
            let now = begin_here.min(seconds - self.seconds);
            self.current.seconds += now;
            self.current.memory += now * self.peak;
            self.seconds += now;
            charged += now * self.peak;
        }
        charged
    }

    /// When the next second to be charged for begins.
    fn second(&self) -> Timestamp {
        self.started_at.plus(Duration::from_secs(self.seconds))
    }

    fn enter_hour(&mut self) {
        let hour = hour_of(self.second());
        if hour > self.current.hour {
            let begin = Timestamp::from_millis(hour * HOUR);
            let over = std::mem::replace(&mut self.current, Share::begin(hour, begin));
            let end = Timestamp::from_millis((over.hour + 1) * HOUR);
            self.over.push(Share { until: end, ..over });
        }
    }

    /// The most memory so far, in KiB.
    pub(crate) fn peak(&self) -> u64 {
        self.peak
    }

    /// The shares of hours that are over and have not been forgotten.
    pub(crate) fn over(&self) -> &[Share] {
        &self.over
    }

    /// The share of the hour that it is in.
    pub(crate) fn current(&self) -> Share {
        self.current
    }

    /// Forgets the oldest of the hours that are over: they have been written down.
    pub(crate) fn forget(&mut self, hours: usize) {
        self.over.drain(..hours);
    }
}

impl Share {
    fn begin(hour: i64, from: Timestamp) -> Self {
        Self { hour, from, until: from, seconds: 0, cpu: 0, memory: 0 }
    }
}

pub(crate) fn hour_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(HOUR)
}

/// When the hour of this number begins.
pub(crate) fn beginning(hour: i64) -> Timestamp {
    Timestamp::from_millis(hour.saturating_mul(HOUR))
}

#[cfg(test)]
mod tests;
