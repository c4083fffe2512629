//! What the machine has used, from the kernel's own books.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use guest_protocol::control::UsageReport;

use crate::root::CGROUP;

/// Milliseconds in one tick of `/proc/stat`; the kernel shows a hundred ticks a second on every machine.
const TICK_MS: u64 = 10;

/// Reads the books, and remembers the most memory seen.
pub(crate) fn report(peak: &AtomicU64) -> UsageReport {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let processes = fs::read_to_string(Path::new(CGROUP).join("pids.current")).unwrap_or_default();
    let memory_bytes = memory_in_use(&meminfo);
    UsageReport {
        cpu_ms: busy_ticks(&stat) * TICK_MS,
        memory_bytes,
        memory_peak_bytes: peak.fetch_max(memory_bytes, Ordering::Relaxed).max(memory_bytes),
        processes: processes.trim_end().parse().unwrap_or(0),
    }
}

/// The first line of `/proc/stat` counts user, nice, system, idle, waiting, irq, softirq, stolen and guest time;
/// the latter is part of the first two.
fn busy_ticks(stat: &str) -> u64 {
    let columns = stat.lines().next().unwrap_or_default().split_ascii_whitespace().skip(1).take(8);
    let busy = columns.enumerate().filter(|(column, _)| !matches!(column, 3 | 4));
    busy.filter_map(|(_, ticks)| ticks.parse::<u64>().ok()).sum()
}

/// Everything that could not be had back by dropping caches.
fn memory_in_use(meminfo: &str) -> u64 {
    let field = |name: &str| {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0)
    };
    1024 * field("MemTotal").saturating_sub(field("MemAvailable"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_and_waiting_are_no_use_of_the_processor() {
        assert_eq!(busy_ticks("cpu  10 1 20 5000 700 3 4 2 9 9\ncpu0 1 1 1 1\n"), 40);
        assert_eq!(busy_ticks(""), 0);
    }

    #[test]
    fn caches_are_no_memory_in_use() {
        assert_eq!(memory_in_use("MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable:   400 kB\n"), 600 * 1024);
        assert_eq!(memory_in_use("nonsense"), 0);
    }

    #[test]
    fn the_peak_stays() {
        let peak = AtomicU64::new(u64::MAX);
        assert_eq!(report(&peak).memory_peak_bytes, u64::MAX);
    }
}
