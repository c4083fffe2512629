//! When a strategy's turn has come.

use std::time::Duration;

use stdx::Timestamp;

use super::state::Tally;
use crate::model::{Strategy, StrategyKind, StrategyStatus, Trigger};
use crate::options::Options;

/// What makes a strategy look at a session: any of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Triggers {
    messages: u32,
    tokens: u32,
    idle: Option<Duration>,
}

impl Triggers {
    /// Nothing does.
    pub(super) const NEVER: Self = Self { messages: u32::MAX, tokens: u32::MAX, idle: None };

    pub(super) fn of(strategy: &Strategy, options: &Options) -> Self {
        let StrategyKind::SelfManaged(theirs) = &strategy.kind else {
            return Self {
                messages: options.extract_after_messages,
                tokens: options.extract_after_tokens,
                idle: Some(options.extract_when_idle),
            };
        };
        theirs.triggers.iter().fold(Self::NEVER, |triggers, trigger| match *trigger {
            Trigger::Messages(messages) => Self { messages, ..triggers },
            Trigger::Tokens(tokens) => Self { tokens, ..triggers },
            Trigger::IdleSeconds(seconds) => {
                Self { idle: Some(Duration::from_secs(seconds.into())), ..triggers }
            }
        })
    }

    /// The earliest of both.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            messages: self.messages.min(other.messages),
            tokens: self.tokens.min(other.tokens),
            idle: match (self.idle, other.idle) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
        }
    }

    /// The earliest of those of several strategies.
    pub(super) fn earliest(strategies: &[Strategy], options: &Options) -> Self {
        let learning = strategies.iter().filter(|strategy| strategy.status == StrategyStatus::Active);
        learning.map(|strategy| Self::of(strategy, options)).fold(Self::NEVER, Self::or)
    }

    /// What is left of it once there is so much.
    pub(super) fn after(self, tally: &Tally) -> Self {
        Self {
            messages: self.messages.saturating_sub(tally.messages),
            tokens: self.tokens.saturating_sub(tally.tokens),
            idle: self.idle,
        }
    }

    /// Whether the time has come.
    pub(super) fn fire(&self, tally: &Tally, now: Timestamp) -> bool {
        let enough = tally.messages >= self.messages || tally.tokens >= self.tokens;
        tally.messages > 0 && (enough || self.deadline(tally).is_some_and(|deadline| deadline <= now))
    }

    /// When it comes if nothing else does.
    pub(super) fn deadline(&self, tally: &Tally) -> Option<Timestamp> {
        self.idle.filter(|_| tally.messages > 0).map(|idle| tally.last.plus(idle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(messages: u32, tokens: u32, last: i64) -> Tally {
        Tally { messages, tokens, last: Timestamp::from_millis(last), at_once: false }
    }

    #[test]
    fn any_of_them_is_enough() {
        let triggers = Triggers { messages: 3, tokens: 100, idle: Some(Duration::from_millis(10)) };
        let now = Timestamp::from_millis(15);
        assert!(triggers.fire(&tally(3, 0, 15), now));
        assert!(triggers.fire(&tally(1, 100, 15), now));
        assert!(triggers.fire(&tally(1, 1, 5), now));
        assert!(!triggers.fire(&tally(2, 99, 6), now));
        assert!(!triggers.fire(&tally(0, 0, 0), now), "nothing is no reason to look");
        assert_eq!(triggers.deadline(&tally(1, 1, 6)), Some(Timestamp::from_millis(16)));
    }

    #[test]
    fn what_is_there_counts_towards_the_next_time() {
        let triggers = Triggers { messages: 3, tokens: 100, idle: None }.after(&tally(2, 40, 0));
        assert!(triggers.fire(&tally(1, 1, 0), Timestamp::from_millis(0)));
        assert_eq!(Triggers::NEVER.or(triggers), triggers);
    }
}
