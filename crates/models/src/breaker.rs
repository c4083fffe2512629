//! When a model of a provider is left alone for a while. Pure: what time it is and what came of a call, it is told.
//!
//! ```text
//!            failures in a row, or too large a share of the last calls
//!    CLOSED ────────────────────────────────────────────────────────▶ OPEN ◀──────┐
//!    every call                                                       no call     │ the trial fails:
//!      ▲                                                                │         │ twice the wait
//!      │ the trial says something                    the wait is over,  │         │
//!      │                                             a call is a trial  ▼         │
//!      └──────────────────────────────────────────────────────────── HALF-OPEN ───┘
//!                                                                    no other call
//! ```
//! A trial that nobody waited for leaves things as they were: the next call is one.

use std::time::Duration;

/// When to open, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// So many failures in a row open it.
    pub(crate) in_a_row: u32,
    /// So many failures among the last [`WINDOW`] calls open it.
    pub(crate) in_window: u32,
    /// How long it stays open at first,
    pub(crate) wait: Duration,
    /// and at most.
    pub(crate) longest_wait: Duration,
}

/// How many calls are looked back at.
pub(crate) const WINDOW: u32 = 32;

/// A breaker.
#[derive(Clone, Debug)]
pub(crate) struct Breaker {
    limits: Limits,
    state: State,
    /// Grows with each change of state, so that what comes of a call that began before it is passed over.
    epoch: u64,
}

#[derive(Clone, Debug)]
enum State {
    Closed(Recent),
    Open { until: Duration, wait: Duration },
    HalfOpen { wait: Duration },
}

/// What came of the last calls.
#[derive(Clone, Copy, Debug, Default)]
struct Recent {
    /// A bit for each, the last one lowest; 1 is a failure.
    failures: u32,
    in_a_row: u32,
}

/// The right to one call. It is given back with what came of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    epoch: u64,
    trial: bool,
}

/// How it stands, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Closed,
    /// With the moment of the next trial.
    Open(Duration),
    HalfOpen,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_a_row: 5,
            in_window: WINDOW / 2,
            wait: Duration::from_secs(10),
            longest_wait: Duration::from_mins(5),
        }
    }
}

impl Breaker {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, state: State::Closed(Recent::default()), epoch: 0 }
    }

    /// Whether a call may be made now.
    pub(crate) fn admit(&mut self, now: Duration) -> Option<Pass> {
        match self.state {
            State::Closed(_) => Some(Pass { epoch: self.epoch, trial: false }),
            State::Open { until, wait } if until <= now => {
                self.enter(State::HalfOpen { wait });
                Some(Pass { epoch: self.epoch, trial: true })
            }
            State::Open { .. } | State::HalfOpen { .. } => None,
        }
    }

    /// The model has begun to speak: a trial need not be over to have shown what it was to show.
    pub(crate) fn speaks(&mut self, pass: &mut Pass) {
        if pass.trial && pass.epoch == self.epoch {
            self.enter(State::Closed(Recent::default()));
            *pass = Pass { epoch: self.epoch, trial: false };
        }
    }

    /// The call went well, or failed in a way that says nothing against the provider.
    #[expect(clippy::needless_pass_by_value, reason = "a pass is used up")]
    pub(crate) fn succeeded(&mut self, pass: Pass) {
        if pass.epoch != self.epoch {
            return;
        }
        match &mut self.state {
            State::Closed(recent) => *recent = Recent { failures: recent.failures << 1, in_a_row: 0 },
            State::HalfOpen { .. } => self.enter(State::Closed(Recent::default())),
            State::Open { .. } => {}
        }
    }

    /// The call failed through the provider's fault.
    #[expect(clippy::needless_pass_by_value, reason = "a pass is used up")]
    pub(crate) fn failed(&mut self, pass: Pass, now: Duration) {
        if pass.epoch != self.epoch {
            return;
        }
        let wait = match &mut self.state {
            State::Closed(recent) => {
                recent.failures = (recent.failures << 1) | 1;
                recent.in_a_row += 1;
                let many = recent.failures.count_ones() >= self.limits.in_window;
                if recent.in_a_row < self.limits.in_a_row && !many {
                    return;
                }
                self.limits.wait
            }
            State::HalfOpen { wait } => wait.saturating_mul(2).min(self.limits.longest_wait),
            State::Open { .. } => return,
        };
        self.enter(State::Open { until: now.saturating_add(wait), wait });
    }

    /// Nobody waited for what would come of the call.
    #[expect(clippy::needless_pass_by_value, reason = "a pass is used up")]
    pub(crate) fn abandoned(&mut self, pass: Pass, now: Duration) {
        if let State::HalfOpen { wait } = self.state
            && pass.epoch == self.epoch
        {
            self.enter(State::Open { until: now, wait });
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        match self.state {
            State::Closed(_) => Standing::Closed,
            State::Open { until, .. } => Standing::Open(until),
            State::HalfOpen { .. } => Standing::HalfOpen,
        }
    }

    fn enter(&mut self, state: State) {
        self.epoch += 1;
        self.state = state;
    }
}

#[cfg(test)]
mod tests;
