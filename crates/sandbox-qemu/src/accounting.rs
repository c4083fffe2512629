//! What the host's kernel knows about a process.

use std::fs;
use std::io;
use std::time::Duration;

/// The unit of time in `/proc`, the same on every x86-64 kernel.
const TICK: Duration = Duration::from_millis(10);

/// The unit of memory in `/proc`, the same on every x86-64 kernel.
const PAGE: u64 = 4096;

/// Processor time of all its threads, ended ones included.
pub(crate) fn cpu(pid: u32) -> io::Result<Duration> {
    let (user, system) = (field(pid, 11)?, field(pid, 12)?);
    Ok(TICK * u32::try_from(user.saturating_add(system)).unwrap_or(u32::MAX))
}

/// Memory that belongs to it alone, in bytes.
pub(crate) fn private_memory(pid: u32) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    Ok(sum_private(&text))
}

/// Memory that no file stands behind, in bytes: a machine's own, and not what it shares with its template. An
/// estimate that takes a microsecond, where [`private_memory`] looks at each page.
pub(crate) fn own_memory(pid: u32) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/statm"))?;
    let mut pages = text.split_whitespace().skip(1).map_while(|field| field.parse::<u64>().ok());
    match (pages.next(), pages.next()) {
        // A process that has ended and was not waited for yet still has its row, of zeros.
        (Some(resident), Some(shared)) if resident > 0 => Ok(resident.saturating_sub(shared) * PAGE),
        _ => Err(io::Error::other("/proc/PID/statm tells of no memory")),
    }
}

fn sum_private(rollup: &str) -> u64 {
    let lines = rollup.lines().filter(|line| line.starts_with("Private_"));
    let kilobytes = lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.sum::<u64>() << 10
}

/// When it started, in clock ticks since the host's boot: with its id, this names a process for good.
pub(crate) fn start_time(pid: u32) -> io::Result<u64> {
    field(pid, 19)
}

/// The field of `/proc/PID/stat` with this index behind the name.
fn field(pid: u32, index: usize) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name, in parentheses, may hold anything.
    let behind_name = text.rsplit(')').next().unwrap_or_default();
    let field = behind_name.split_whitespace().nth(index).and_then(|field| field.parse().ok());
    field.ok_or_else(|| io::Error::other("/proc/PID/stat is not as expected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_something() {
        let pid = std::process::id();
        assert!(private_memory(pid).unwrap() > 0);
        assert!(own_memory(pid).unwrap() > 0);
        assert!(start_time(pid).unwrap() > 0);
        cpu(pid).unwrap();
    }

    #[test]
    fn private_lines_are_summed() {
        let rollup = "Rss: 100 kB\nPrivate_Clean: 4 kB\nPrivate_Dirty: 8 kB\nPrivate_Hugetlb: 0 kB\n";
        assert_eq!(sum_private(rollup), 12 << 10);
    }
}
