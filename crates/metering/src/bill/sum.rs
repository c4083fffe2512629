//! Adding records up without losing anything.

use super::amount::apportion;
use super::{Amounts, Millionths};
use crate::price::Tariff;
use crate::record::UsageRecord;

const MILLION: u128 = 1_000_000;
const HOUR_MS: u128 = 3_600_000;
/// A GB for an hour, in KiB times seconds.
const GB_HOUR: u128 = (1 << 20) * 3_600;
/// What a sum's cost is over, to be in billionths.
const COST: u128 = HOUR_MS * GB_HOUR;

/// The exact sum of some records.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    seconds: u64,
    cpu_ms: u64,
    memory_kib_seconds: u64,
    /// In billionths of money, times [`COST`].
    cost: u128,
}

impl Sum {
    pub(super) fn add(&mut self, record: &UsageRecord, tariff: &Tariff) {
        self.seconds += record.seconds;
        self.cpu_ms += record.cpu_ms;
        self.memory_kib_seconds += record.memory_kib_seconds;
        let cpu = u128::from(record.cpu_ms) * GB_HOUR * u128::from(tariff.vcpu_hour.billionths());
        let memory =
            u128::from(record.memory_kib_seconds) * HOUR_MS * u128::from(tariff.gb_hour.billionths());
        self.cost += cpu + memory;
    }
}

/// The sums as amounts, each with its count of sessions, and their total.
pub(super) fn round<'s>(sums: impl Iterator<Item = (&'s Sum, u64)>) -> (Vec<Amounts>, Amounts) {
    let sums: Vec<(&Sum, u64)> = sums.collect();
    let column = |of: fn(&Sum) -> u128, whole: u128| -> (Vec<Millionths>, Millionths) {
        apportion(&sums.iter().map(|(sum, _)| of(sum)).collect::<Vec<_>>(), whole)
    };
    let (vcpu_hours, all_vcpu_hours) = column(|sum| u128::from(sum.cpu_ms) * MILLION, HOUR_MS);
    let (gb_hours, all_gb_hours) = column(|sum| u128::from(sum.memory_kib_seconds) * MILLION, GB_HOUR);
    let (costs, all_costs) = column(|sum| sum.cost, COST * (1_000_000_000 / MILLION));
    let lines: Vec<Amounts> = sums
        .iter()
        .enumerate()
        .map(|(line, (sum, sessions))| Amounts {
            sessions: *sessions,
            seconds: sum.seconds,
            cpu_ms: sum.cpu_ms,
            memory_kib_seconds: sum.memory_kib_seconds,
            vcpu_hours: vcpu_hours[line],
            gb_hours: gb_hours[line],
            cost: costs[line],
        })
        .collect();
    let whole = |of: fn(&Amounts) -> u64| lines.iter().map(of).sum();
    let total = Amounts {
        sessions: whole(|line| line.sessions),
        seconds: whole(|line| line.seconds),
        cpu_ms: whole(|line| line.cpu_ms),
        memory_kib_seconds: whole(|line| line.memory_kib_seconds),
        vcpu_hours: all_vcpu_hours,
        gb_hours: all_gb_hours,
        cost: all_costs,
    };
    (lines, total)
}
