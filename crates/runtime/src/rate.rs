//! How often a runtime may be called: a token bucket for each, holding one second's or one minute's worth.

use std::collections::HashMap;
use std::sync::Mutex;

use fault::{Fault, Kind, Result};
use ids::{AccountId, AgentRuntimeId};
use stdx::Timestamp;

/// The buckets of every runtime that was called lately.
pub(crate) struct Rates {
    requests: Buckets,
    new_sessions: Buckets,
    new_sessions_a_minute: Option<Buckets>,
}

struct Buckets {
    what: &'static str,
    rate: Rate,
    /// By account too: a stranger who calls a runtime by its id uses up nothing of its owner's.
    levels: Mutex<HashMap<Called, Level>>,
}

type Called = (AccountId, AgentRuntimeId);

/// So many calls in a period.
#[derive(Clone, Copy)]
struct Rate {
    calls: u32,
    /// The period's name and its milliseconds.
    period: (&'static str, u64),
}

const SECOND: (&str, u64) = ("second", 1000);
const MINUTE: (&str, u64) = ("minute", 60_000);

#[derive(Clone, Copy)]
struct Level {
    /// Parts of a call, as many of which make one as the period has milliseconds: what a millisecond adds is then a
    /// whole number.
    parts: u64,
    at: Timestamp,
}

impl Rates {
    pub(crate) fn new(
        requests_per_second: u32,
        new_sessions_per_second: u32,
        new_sessions_per_minute: Option<u32>,
    ) -> Self {
        let sessions = |calls, period| Buckets::new("new sessions", Rate { calls, period });
        Self {
            requests: Buckets::new("requests", Rate { calls: requests_per_second, period: SECOND }),
            new_sessions: sessions(new_sessions_per_second, SECOND),
            new_sessions_a_minute: new_sessions_per_minute.map(|calls| sessions(calls, MINUTE)),
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
        let called = (account.clone(), runtime.clone());
        // In this order: what the second refuses must not use up the minute.
        self.new_sessions.take(called.clone(), now)?;
        self.new_sessions_a_minute.as_ref().map_or(Ok(()), |a_minute| a_minute.take(called, now))
    }
}

impl Buckets {
    fn new(what: &'static str, rate: Rate) -> Self {
        Self { what, rate, levels: Mutex::new(HashMap::new()) }
    }

    fn take(&self, called: Called, now: Timestamp) -> Result<()> {
        let Rate { calls, period: (period, call) } = self.rate;
        let full = self.rate.full();
        let mut levels = self.levels.lock().expect("no holder of a bucket's lock panics");
        // A bucket that is full again says nothing that a missing one does not.
        if levels.len() > 1024 {
            levels.retain(|_, level| level.refilled(self.rate, now) < full);
        }
        let level = levels.get(&called).map_or(full, |level| level.refilled(self.rate, now));
        let Some(rest) = level.checked_sub(call) else {
            let message = format!(
                "This agent runtime takes at most {calls} {} a {period}. Retry with a back-off.",
                self.what
            );
            return Err(Fault::new(Kind::Throttled, message));
        };
        levels.insert(called, Level { parts: rest, at: now });
        Ok(())
    }
}

impl Rate {
    /// What a full bucket holds.
    fn full(self) -> u64 {
        u64::from(self.calls) * self.period.1
    }
}

impl Level {
    fn refilled(self, rate: Rate, now: Timestamp) -> u64 {
        let passed = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX);
        let added = passed.saturating_mul(u64::from(rate.calls));
        self.parts.saturating_add(added).min(rate.full())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_refills_what_a_burst_took() {
        let rates = Rates::new(3, 1, None);
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
    #[test]
    fn a_minute_holds_beyond_what_its_seconds_allow() {
        let rates = Rates::new(1, 10, Some(30));
        let account = AccountId::parse("000000000000").unwrap();
        let runtime = AgentRuntimeId::parse("a-0123456789").unwrap();
        let opened = |from: i64, to: i64| {
            let moments = (from..to).step_by(50).map(|millis| Timestamp::from_millis(1_000_000 + millis));
            moments.filter(|now| rates.new_session(&account, &runtime, *now).is_ok()).count()
        };
        let burst = opened(0, 10_000);
        assert!((30..=35).contains(&burst), "{burst}");
        assert_eq!(opened(10_000, 20_000), 5, "one every other second");
        assert_eq!(opened(80_000, 80_050), 1);
    }
}
