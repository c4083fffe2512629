//! How often a runtime may be called.

use fault::{Fault, Kind, Result};
use ids::{AccountId, AgentRuntimeId};
use stdx::{Buckets, Rate, Timestamp};

/// The buckets of every runtime that was called lately.
pub(crate) struct Rates {
    requests: Rate,
    new_sessions: Rate,
    new_sessions_a_minute: Option<Rate>,
    buckets: Buckets<Called>,
}

/// What is counted. By account too: a stranger who calls a runtime by its id uses up nothing of its owner's.
type Called = (AccountId, AgentRuntimeId, What);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Requests,
    NewSessions,
    NewSessionsAMinute,
}

impl Rates {
    pub(crate) fn new(
        requests_per_second: u32,
        new_sessions_per_second: u32,
        new_sessions_per_minute: Option<u32>,
    ) -> Self {
        Self {
            requests: Rate::a_second(requests_per_second),
            new_sessions: Rate::a_second(new_sessions_per_second),
            new_sessions_a_minute: new_sessions_per_minute.map(Rate::a_minute),
            buckets: Buckets::default(),
        }
    }

    /// Counts a request, or refuses it.
    pub(crate) fn request(
        &self,
        account: &AccountId,
        runtime: &AgentRuntimeId,
        now: Timestamp,
    ) -> Result<()> {
        self.take((account.clone(), runtime.clone(), What::Requests), self.requests, now)
    }

    /// Counts a new session, or refuses it.
    pub(crate) fn new_session(
        &self,
        account: &AccountId,
        runtime: &AgentRuntimeId,
        now: Timestamp,
    ) -> Result<()> {
        let called = |what| (account.clone(), runtime.clone(), what);
        // In this order: what the second refuses must not use up the minute.
        self.take(called(What::NewSessions), self.new_sessions, now)?;
        let Some(rate) = self.new_sessions_a_minute else { return Ok(()) };
        self.take(called(What::NewSessionsAMinute), rate, now)
    }

    fn take(&self, called: Called, rate: Rate, now: Timestamp) -> Result<()> {
        let what = match called.2 {
            What::Requests => "requests a second",
            What::NewSessions => "new sessions a second",
            What::NewSessionsAMinute => "new sessions a minute",
        };
        if self.buckets.take(called, rate, now) {
            return Ok(());
        }
        let message =
            format!("This agent runtime takes at most {} {what}. Retry with a back-off.", rate.times());
        Err(Fault::new(Kind::Throttled, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runtime_and_each_caller_is_counted_apart() {
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
        assert!(rates.new_session(&account, &runtime, at(0)).is_ok());
        let refused = rates.new_session(&account, &runtime, at(999)).unwrap_err();
        assert_eq!(*refused.kind(), Kind::Throttled);
        assert!(refused.to_string().contains("at most 1 new sessions a second"), "{refused}");
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
