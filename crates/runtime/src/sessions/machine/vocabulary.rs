//! What happens to a session, and what is to be done.

use stdx::Timestamp;

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
    /// Its sandbox is being frozen.
    Suspending {
        /// What it was before, and is again if that fails.
        idle: Idle,
        /// Whether it has been asked to end meanwhile.
        stop: bool,
    },
    /// Its sandbox is being stopped.
    Ending,
    /// Nothing of it is left, or a snapshot.
    Over,
}

/// An idle session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// When it was last used, by a request or by being busy.
    pub(super) since: Timestamp,
    /// The same, but for what a restless program says.
    pub(super) quiet: Timestamp,
    /// Whether a ping is under way.
    pub(super) pinging: bool,
    /// Failed pings in a row.
    pub(super) failures: u32,
    /// The last time-of-last-update seen with a healthy status.
    pub(super) last_update: Option<Timestamp>,
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
    Started {
        /// When its life ends, if it began before this sandbox.
        ends_at: Option<Timestamp>,
    },
    /// A request wants in.
    Entered,
    /// A request has been answered or given up.
    Left,
    /// A ping came back.
    Pinged(Ping),
    /// The time that was asked for has come.
    Timer,
    /// Somebody wants it suspended now.
    SuspendAsked,
    /// The sandbox goes on in a snapshot.
    Suspended,
    /// The sandbox could not be suspended and runs on.
    NotSuspended,
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
    /// Suspend the sandbox and send [`Event::Suspended`] or [`Event::NotSuspended`].
    Suspend(Rest),
    /// Tell whoever wanted it suspended why it is not.
    Refuse(Refusal),
    /// Stop the sandbox and send [`Event::Ended`].
    Stop(Cause),
    /// Tell the owner that the program sets its time of last update at every ping.
    WarnRestless,
    /// Clear everything away.
    Finish,
}

/// What must be known of a session while it is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// When it was last used.
    pub idle_since: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
    /// When it ends in any case.
    pub ends_at: Timestamp,
}

/// Why a session is not suspended although somebody asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It answers requests, or says that it is busy.
    Busy,
    /// Its program does not answer pings.
    Unhealthy,
    /// It is being stopped.
    Ending,
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
