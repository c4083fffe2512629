//! How often a runtime may be called: a token bucket for each, holding one second's worth.

use std::collections::HashMap;
use std::sync::Mutex;

use fault::{Fault, Kind, Result};
use ids::{AccountId, AgentRuntimeId};
use stdx::Timestamp;

/// The buckets of every runtime that was called lately.
pub(crate) struct Rates {
    requests: Buckets,
    new_sessions: Buckets,
}

struct Buckets {
    what: &'static str,
    per_second: u32,
    /// By account too: a stranger who calls a runtime by its id uses up nothing of its owner's.
    levels: Mutex<HashMap<Called, Level>>,
}

type Called = (AccountId, AgentRuntimeId);

#[derive(Clone, Copy)]
struct Level {
    /// Thousandths of a call: what a millisecond adds is then a whole number.
    millicalls: u64,
    at: Timestamp,
}

impl Rates {
    pub(crate) fn new(requests_per_second: u32, new_sessions_per_second: u32) -> Self {
        Self {
            requests: Buckets::new("requests", requests_per_second),
            new_sessions: Buckets::new("new sessions", new_sessions_per_second),
        }
    }

    /// Counts a request, or refuses it.
    pub(crate) fn request(
        &self,
        account: &AccountId,
        runtime: &AgentRuntimeId,
        now: Timestamp,
    ) -> Result<()> {
        self.requests.take((account.clone(), runtime.clone()), now)
    }

    /// Counts a new session, or refuses it.
    pub(crate) fn new_session(
        &self,
        account: &AccountId,
        runtime: &AgentRuntimeId,
        now: Timestamp,
    ) -> Result<()> {
        self.new_sessions.take((account.clone(), runtime.clone()), now)
    }
}

impl Buckets {
    fn new(what: &'static str, per_second: u32) -> Self {
        Self { what, per_second, levels: Mutex::new(HashMap::new()) }
    }

    fn take(&self, called: Called, now: Timestamp) -> Result<()> {
        let full = u64::from(self.per_second) * 1000;
        let mut levels = self.levels.lock().expect("no holder of a bucket's lock panics");
        // A bucket that is full again says nothing that a missing one does not.
        if levels.len() > 1024 {
            levels.retain(|_, level| level.refilled(self.per_second, now) < full);
        }
        let level = levels.get(&called).map_or(full, |level| level.refilled(self.per_second, now));
        let Some(rest) = level.checked_sub(1000) else {
            let message = format!(
                "This agent runtime takes at most {} {} a second. Retry with a back-off.",
                self.per_second, self.what
            );
            return Err(Fault::new(Kind::Throttled, message));
        };
        levels.insert(called, Level { millicalls: rest, at: now });
        Ok(())
    }
}

impl Level {
    fn refilled(self, per_second: u32, now: Timestamp) -> u64 {
        let passed = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX);
        let added = passed.saturating_mul(u64::from(per_second));
        self.millicalls.saturating_add(added).min(u64::from(per_second) * 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_refills_what_a_burst_took() {
        let rates = Rates::new(3, 1);
        let account = AccountId::parse("000000000000").unwrap();
        let stranger = AccountId::parse("111111111111").unwrap();
        let runtime = AgentRuntimeId::parse("a-0123456789").unwrap();
        let other = AgentRuntimeId::parse("b-0123456789").unwrap();
        let at = |millis: i64| Timestamp::from_millis(1_000_000 + millis);
        let taken = (0..5).filter(|_| rates.request(&account, &runtime, at(0)).is_ok()).count();
        assert_eq!(taken, 3);
        assert!(rates.request(&account, &other, at(0)).is_ok(), "buckets are each runtime's own");
        assert!(rates.request(&stranger, &runtime, at(0)).is_ok(), "and each account's");
        assert!(rates.request(&account, &runtime, at(300)).is_err());
        assert!(rates.request(&account, &runtime, at(340)).is_ok());
        assert!(rates.new_session(&account, &runtime, at(0)).is_ok());
        let refused = rates.new_session(&account, &runtime, at(999)).unwrap_err();
        assert_eq!(*refused.kind(), Kind::Throttled);
    }
}
