//! What a session does next, decided without a clock, a lock or a sandbox.
//!
//! ```text
//!             Started                Entered
//!  Starting ───────────▶ Idle ──────────────────▶ Serving
//!     │                   │ ▲                      │   │
//!     │                   │ └───── Left, the last ─┘   │
//!     │ Ended             │ Timer: quiet too long      │ Timer: lived too long
//!     │                   │ Pinged: unhealthy twice    │ StopAsked
//!     ▼                   ▼                            ▼
//!   Over ◀── Ended ──── Ending ◀───────────────────────┘
//! ```
//!
//! An idle session is asked how it is (`GET /ping`) at intervals and when its time seems up. `HealthyBusy` counts as
//! use. `time_of_last_update` is read as AgentCore reads it, as the time when the status last changed, and idleness
//! counts from there; so a program that sets it anew at every ping never becomes idle. That is reported once.

use std::time::Duration;

use stdx::Timestamp;

use crate::model::Lifecycle;

/// How often an idle session is pinged.
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// How soon a failed ping is repeated.
const PING_AGAIN: Duration = Duration::from_secs(1);
/// Failed pings in a row that end a session.
const FAILURES: u32 = 2;

/// A session's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its sandbox is being started.
    Starting,
    /// Requests are being answered.
    Serving {
        /// How many.
        requests: u32,
    },
    /// No request is being answered.
    Idle(Idle),
    /// Its sandbox is being stopped.
    Ending,
    /// Nothing of it is left.
    Over,
}

/// An idle session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// When it was last used, by a request or by being busy.
    since: Timestamp,
    /// Whether a ping is under way.
    pinging: bool,
    /// Failed pings in a row.
    failures: u32,
    /// The last time-of-last-update seen with a healthy status.
    last_update: Option<Timestamp>,
}

/// What a ping brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ping {
    /// `Healthy`, perhaps with the time when that began.
    Healthy {
        /// `time_of_last_update`.
        since: Option<Timestamp>,
    },
    /// `HealthyBusy`.
    Busy,
    /// Anything else, or nothing.
    Unhealthy,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The sandbox runs.
    Started,
    /// A request wants in.
    Entered,
    /// A request has been answered or given up.
    Left,
    /// A ping came back.
    Pinged(Ping),
    /// The time that was asked for has come.
    Timer,
    /// Somebody wants it ended.
    StopAsked,
    /// The sandbox is gone, or never came.
    Ended,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send [`Event::Timer`] then; forget earlier wishes.
    WakeAt(Timestamp),
    /// Ping the program and send [`Event::Pinged`].
    Ping,
    /// Stop the sandbox and send [`Event::Ended`].
    Stop(Cause),
    /// Tell the owner that the program sets its time of last update at every ping.
    WarnRestless,
    /// Clear everything away.
    Finish,
}

/// Why a session ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It was not used for long enough.
    Idle,
    /// It reached its lifetime.
    Lifetime,
    /// Its program no longer answers pings.
    Unhealthy,
    /// Somebody asked.
    Asked,
}

/// One session's decisions.
#[derive(Clone, Debug)]
pub struct Machine {
    lifecycle: Lifecycle,
    ends_at: Timestamp,
    state: State,
    warned: bool,
}

impl Machine {
    /// A session whose sandbox is being started at `now`.
    pub fn new(lifecycle: Lifecycle, now: Timestamp) -> Self {
        Self { lifecycle, ends_at: now.plus(lifecycle.lifetime), state: State::Starting, warned: false }
    }

    /// The state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes in what happened and says what to do.
    pub fn apply(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        match (&mut self.state, event) {
            (State::Over, _) => Vec::new(),
            (_, Event::Ended) => {
                self.state = State::Over;
                vec![Effect::Finish]
            }
            (State::Ending, _) => Vec::new(),
            (_, Event::StopAsked) => self.end(Cause::Asked),
            (State::Starting, Event::Started) => {
                // The lifetime is the sandbox's: a start that took long takes nothing from it.
                self.ends_at = now.plus(self.lifecycle.lifetime);
                self.rest(now)
            }
            (State::Starting, _) => Vec::new(),
            (_, Event::Timer) if now >= self.ends_at => self.end(Cause::Lifetime),
            (State::Idle(_), Event::Entered) => {
                self.state = State::Serving { requests: 1 };
                vec![Effect::WakeAt(self.ends_at)]
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
            (State::Idle(idle), Event::Timer) if !idle.pinging => {
                idle.pinging = true;
                vec![Effect::Ping]
            }
            (State::Idle(_), Event::Pinged(ping)) => self.pinged(ping, now),
            (State::Serving { .. }, Event::Timer) => vec![Effect::WakeAt(self.ends_at)],
            (State::Idle(_) | State::Serving { .. }, _) => Vec::new(),
        }
    }

    fn rest(&mut self, now: Timestamp) -> Vec<Effect> {
        let idle = Idle { since: now, pinging: false, failures: 0, last_update: None };
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
            Ping::Busy => (idle.since, idle.failures) = (now, 0),
            Ping::Healthy { since } => {
                idle.failures = 0;
                let changed = since.filter(|since| *since <= now);
                let restless = idle.last_update.is_some() && changed > idle.last_update;
                if restless && !std::mem::replace(&mut self.warned, true) {
                    effects.push(Effect::WarnRestless);
                }
                idle.last_update = changed;
                idle.since = idle.since.max(changed.unwrap_or(idle.since));
            }
            Ping::Unhealthy => {
                idle.failures += 1;
                if idle.failures >= FAILURES {
                    return self.end(Cause::Unhealthy);
                }
                return vec![Effect::WakeAt(now.plus(PING_AGAIN).min(self.ends_at))];
            }
        }
        if now.since(idle.since) >= self.lifecycle.idle {
            return self.end(Cause::Idle);
        }
        let idle = idle.clone();
        effects.push(Effect::WakeAt(self.next_look(&idle, now)));
        effects
    }

    fn next_look(&self, idle: &Idle, now: Timestamp) -> Timestamp {
        let quiet_too_long = idle.since.plus(self.lifecycle.idle);
        now.plus(PING_INTERVAL).min(quiet_too_long).min(self.ends_at)
    }

    fn end(&mut self, cause: Cause) -> Vec<Effect> {
        self.state = State::Ending;
        vec![Effect::Stop(cause)]
    }
}

#[cfg(test)]
mod tests;
