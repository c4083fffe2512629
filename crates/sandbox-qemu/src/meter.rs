//! What a machine costs, from the host's books about its process.

use std::io;
use std::sync::Mutex;
use std::time::Duration;

use sandbox::Meter;

use crate::accounting;

/// Reads one process's costs; remembers the last ones.
pub(crate) struct Metering {
    pid: u32,
    /// What it had used before it became the sandbox's.
    before: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    last: Meter,
    /// Its number may mean another process from now on.
    gone: bool,
}

impl Metering {
    /// Begins to count.
    pub(crate) fn new(pid: u32) -> Self {
        Self { pid, before: accounting::cpu(pid).unwrap_or_default(), state: Mutex::default() }
    }

    /// The costs now, or the last ones once the process has ended.
    pub(crate) fn read(&self) -> Meter {
        let mut state = self.state.lock().expect("no holder of a meter's lock panics");
        if !state.gone
            && let Ok(fresh) = self.fresh()
        {
            state.last = fresh;
        }
        state.last
    }

    /// The process has ended.
    pub(crate) fn end(&self) {
        self.state.lock().expect("no holder of a meter's lock panics").gone = true;
    }

    fn fresh(&self) -> io::Result<Meter> {
        let memory = accounting::own_memory(self.pid)?;
        let cpu = accounting::cpu(self.pid)?.saturating_sub(self.before);
        Ok(Meter { cpu, memory })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_before_does_not_count_and_the_last_reading_stays() {
        let metering = Metering::new(std::process::id());
        let first = metering.read();
        assert!(first.cpu < accounting::cpu(std::process::id()).unwrap() + Duration::from_millis(1));
        assert!(first.memory > 0);
        metering.end();
        let kept = vec![1_u8; 64 << 20];
        assert_eq!(metering.read(), first);
        drop(kept);
    }

    #[test]
    fn a_process_that_never_was_costs_nothing() {
        assert_eq!(Metering::new(0).read(), Meter::default());
    }
}
