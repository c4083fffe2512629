//! What a session does next, decided without a clock, a lock or a sandbox.
//!
//! ```text
//!             Started                Entered
//!  Starting ───────────▶ Idle ──────────────────▶ Serving
//!     │                  │ ▲ ▲                     │   │
//!     │                  │ │ └──── Left, the last ─┘   │
//!     │     Pinged:      │ │                           │
//!     │     quiet enough │ │ NotSuspended              │ Timer: lived too long
//!     │                  ▼ │                           │ StopAsked
//!     │             Suspending                         │
//!     │                  │  │ NotSuspended, after       │
//!     │ Ended            │  │ StopAsked                 │
//!     │        Suspended │  ▼                           │
//!     ▼                  ▼                             │
//!   Over ◀── Ended ──── Ending ◀───────────────────────┘
//!                        ▲
//!                        └── from Idle. Timer: quiet too long; Pinged: unhealthy twice; StopAsked
//! ```
//!
//! An idle session is asked how it is (`GET /ping`) at intervals and before anything happens to it. `HealthyBusy`
//! counts as use. `time_of_last_update` is read as AgentCore reads it, as the time when the status last changed, and
//! idleness counts from there; so a program that sets it anew at every ping never becomes idle. That is reported
//! once, and such a program is suspended all the same: suspending takes nothing from it.
//!
//! Who is over after `Suspended` goes on in a snapshot; a machine of its own decides for what is resumed from it.

mod vocabulary;

use std::time::Duration;

use stdx::Timestamp;

use crate::model::Lifecycle;

pub use vocabulary::{Cause, Effect, Event, Idle, Ping, Refusal, Rest, State};

/// How often an idle session is pinged.
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// How soon a failed ping is repeated.
const PING_AGAIN: Duration = Duration::from_secs(1);
/// Failed pings in a row that end a session.
const FAILURES: u32 = 2;
/// How often a session is looked at in any case: somebody may have set the clock.
const LOOK: Duration = Duration::from_secs(60);
/// How soon a suspension that failed is tried again, at first and at last.
const SUSPEND_AGAIN: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(600));

/// One session's decisions.
#[derive(Clone, Debug)]
pub struct Machine {
    lifecycle: Lifecycle,
    suspend_after: Option<Duration>,
    ends_at: Timestamp,
    state: State,
    warned: bool,
    /// Whether somebody waits for its suspension.
    asked: bool,
    /// How often its suspension has failed, and when it may be tried again.
    failed: (u32, Option<Timestamp>),
}

impl Machine {
    /// A session whose sandbox is being started at `now`.
    pub fn new(lifecycle: Lifecycle, suspend_after: Option<Duration>, now: Timestamp) -> Self {
        Self {
            lifecycle,
            suspend_after,
            ends_at: now.plus(lifecycle.lifetime),
            state: State::Starting,
            warned: false,
            asked: false,
            failed: (0, None),
        }
    }

    /// The state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// When it ends in any case.
    pub fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    /// When it was last used; `None` if that is now.
    pub fn idle_since(&self) -> Option<Timestamp> {
        match &self.state {
            State::Idle(idle) | State::Suspending { idle, .. } => Some(idle.since),
            _ => None,
        }
    }

    /// Takes in what happened and says what to do.
    pub fn apply(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        self.heed(now);
        match (&mut self.state, event) {
            (State::Over, _) => Vec::new(),
            (State::Suspending { .. }, Event::Suspended) | (_, Event::Ended) => {
                self.state = State::Over;
                vec![Effect::Finish]
            }
            (State::Ending, Event::SuspendAsked) => vec![Effect::Refuse(Refusal::Ending)],
            (State::Ending, _) => Vec::new(),
            (State::Suspending { stop, .. }, Event::StopAsked) => {
                *stop = true;
                Vec::new()
            }
            (State::Suspending { idle, stop }, Event::NotSuspended) => {
                let (idle, stop) = (idle.clone(), *stop);
                self.not_suspended(idle, stop, now)
            }
            (State::Suspending { .. }, _) => Vec::new(),
            (_, Event::StopAsked) => self.end(Cause::Asked),
            (State::Starting, Event::Started { ends_at }) => self.started(ends_at, now),
            (State::Starting, Event::SuspendAsked) => {
                self.asked = true;
                Vec::new()
            }
            (State::Starting, _) => Vec::new(),
            (_, Event::Timer) if now >= self.ends_at => self.end(Cause::Lifetime),
            (State::Idle(_), Event::Entered) => {
                self.state = State::Serving { requests: 1 };
                let mut effects = vec![self.look_while_serving(now)];
                effects.extend(self.refuse(Refusal::Busy));
                effects
            }
            (State::Serving { requests }, Event::Entered) => {
                *requests += 1;
                Vec::new()
            }
            (State::Serving { requests: 1 }, Event::Left) => self.rest(now),
            (State::Serving { requests }, Event::Left) => {
                *requests -= 1;
                Vec::new()
            }
            (State::Idle(idle), event @ (Event::Timer | Event::SuspendAsked)) => {
                self.asked |= event == Event::SuspendAsked;
                let pinging = std::mem::replace(&mut idle.pinging, true);
                if pinging { Vec::new() } else { vec![Effect::Ping] }
            }
            (State::Idle(_), Event::Pinged(ping)) => self.pinged(ping, now),
            (State::Serving { .. }, Event::Timer) => vec![self.look_while_serving(now)],
            (State::Serving { .. }, Event::SuspendAsked) => vec![Effect::Refuse(Refusal::Busy)],
            (State::Idle(_) | State::Serving { .. }, _) => Vec::new(),
        }
    }

    /// Somebody may have set the clock back: what lies ahead stays as far ahead as it can have been.
    fn heed(&mut self, now: Timestamp) {
        self.ends_at = self.ends_at.min(now.plus(self.lifecycle.lifetime));
        self.failed.1 = self.failed.1.map(|again| again.min(now.plus(SUSPEND_AGAIN.1)));
        if let State::Idle(idle) | State::Suspending { idle, .. } = &mut self.state {
            idle.since = idle.since.min(now);
            idle.quiet = idle.quiet.min(now);
        }
    }

    fn started(&mut self, ends_at: Option<Timestamp>, now: Timestamp) -> Vec<Effect> {
        // The lifetime is the sandbox's: a start that took long takes nothing from it.
        let anew = now.plus(self.lifecycle.lifetime);
        self.ends_at = ends_at.map_or(anew, |ends_at| ends_at.min(anew));
        let mut effects = self.rest(now);
        if let (true, State::Idle(idle)) = (self.asked, &mut self.state) {
            idle.pinging = true;
            effects.push(Effect::Ping);
        }
        effects
    }

    fn rest(&mut self, now: Timestamp) -> Vec<Effect> {
        let idle = Idle { since: now, quiet: now, pinging: false, failures: 0, last_update: None };
        let wake = self.next_look(&idle, now);
        self.state = State::Idle(idle);
        vec![Effect::WakeAt(wake)]
    }

    fn pinged(&mut self, ping: Ping, now: Timestamp) -> Vec<Effect> {
        let State::Idle(idle) = &mut self.state else { return Vec::new() };
        // An answer to a ping that was sent before the last request says nothing about the time since.
        if !std::mem::take(&mut idle.pinging) {
            return Vec::new();
        }
        let mut effects = Vec::new();
        match ping {
            Ping::Busy => {
                *idle = Idle { since: now, quiet: now, pinging: false, failures: 0, last_update: None };
                effects.extend(self.refuse(Refusal::Busy));
            }
            Ping::Healthy { since } => {
                idle.failures = 0;
                let changed = since.filter(|since| *since <= now);
                let restless = idle.last_update.is_some() && changed > idle.last_update;
                if restless && !std::mem::replace(&mut self.warned, true) {
                    effects.push(Effect::WarnRestless);
                }
                idle.last_update = changed;
                idle.since = idle.since.max(changed.unwrap_or(idle.since));
                if !self.warned {
                    idle.quiet = idle.quiet.max(idle.since);
                }
            }
            Ping::Unhealthy => {
                idle.failures += 1;
                let ill = idle.failures >= FAILURES;
                effects.extend(self.refuse(Refusal::Unhealthy));
                effects.extend(if ill {
                    self.end(Cause::Unhealthy)
                } else {
                    vec![Effect::WakeAt(now.plus(PING_AGAIN).min(self.ends_at))]
                });
                return effects;
            }
        }
        effects.extend(self.well(now));
        effects
    }

    /// What becomes of an idle session that has just answered.
    fn well(&mut self, now: Timestamp) -> Vec<Effect> {
        let State::Idle(idle) = &self.state else { return Vec::new() };
        let idle = idle.clone();
        if now.since(idle.since) >= self.lifecycle.idle {
            return self.end(Cause::Idle);
        }
        if std::mem::take(&mut self.asked) || self.suspension_due(&idle).is_some_and(|due| due <= now) {
            let unless_used = idle.since.plus(self.lifecycle.idle).min(self.ends_at);
            let rest = Rest {
                idle_since: idle.since,
                // A restless program would never have been taken for idle.
                expires_at: if self.warned { self.ends_at } else { unless_used },
                ends_at: self.ends_at,
            };
            self.state = State::Suspending { idle, stop: false };
            return vec![Effect::Suspend(rest)];
        }
        vec![Effect::WakeAt(self.next_look(&idle, now))]
    }

    fn not_suspended(&mut self, idle: Idle, stop: bool, now: Timestamp) -> Vec<Effect> {
        let (first, last) = SUSPEND_AGAIN;
        let pause = first.saturating_mul(1 << self.failed.0.min(16)).min(last);
        self.failed = (self.failed.0 + 1, Some(now.plus(pause)));
        if stop {
            return self.end(Cause::Asked);
        }
        let wake = self.next_look(&idle, now);
        self.state = State::Idle(idle);
        vec![Effect::WakeAt(wake)]
    }

    fn suspension_due(&self, idle: &Idle) -> Option<Timestamp> {
        let due = idle.quiet.plus(self.suspend_after?);
        Some(self.failed.1.map_or(due, |again| again.max(due)))
    }

    fn next_look(&self, idle: &Idle, now: Timestamp) -> Timestamp {
        let quiet_too_long = idle.since.plus(self.lifecycle.idle);
        let look = now.plus(PING_INTERVAL).min(quiet_too_long).min(self.ends_at);
        self.suspension_due(idle).map_or(look, |due| look.min(due))
    }

    fn look_while_serving(&self, now: Timestamp) -> Effect {
        Effect::WakeAt(self.ends_at.min(now.plus(LOOK)))
    }

    fn refuse(&mut self, refusal: Refusal) -> Option<Effect> {
        std::mem::take(&mut self.asked).then_some(Effect::Refuse(refusal))
    }

    fn end(&mut self, cause: Cause) -> Vec<Effect> {
        self.state = State::Ending;
        let mut effects = vec![Effect::Stop(cause)];
        effects.extend(self.refuse(Refusal::Ending));
        effects
    }
}

#[cfg(test)]
mod tests;
