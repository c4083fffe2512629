//! Requests to process 1 itself (`:authority` [`crate::GUEST`]) and their JSON answers.

use serde::{Deserialize, Serialize};

/// `GET`: answers once the program is ready, or ended, or its time is up. A [`Readiness`].
pub const READY: &str = "/ready";
/// `GET`: answers once the program has ended. A [`ProgramExit`].
pub const EXIT: &str = "/exit";
/// `GET`: what the machine has used. A [`UsageReport`].
pub const USAGE: &str = "/usage";
/// `GET`: one [`OutputLine`] in JSON a line, from the oldest kept line on. Ends with the last line of a program that has
/// ended.
pub const OUTPUT: &str = "/output";
/// `POST`: takes no more requests for the program and lets the running ones finish; then answers, closes HTTP/2, and
/// sends `Answer::Frozen`. [`OUTPUT`] ends; [`READY`] and [`EXIT`], if still open, answer [`Failure::Freezing`].
///
/// [`Failure::Freezing`]: crate::failure::Failure::Freezing
pub const FREEZE: &str = "/freeze";

/// `POST`: ends the program, then writes back and unmounts the storage, and answers. The machine is good for nothing
/// afterwards. Without a storage, nothing happens.
pub const RELEASE: &str = "/release";

/// `POST`: answers once the program has opened a connection to [`PLATFORM_PORT`]: the answer's body is what the program
/// says on it, the request's body what it is told. Both end with a freeze, which the program sees as a connection that
/// was closed in order; one that waits then answers [`Failure::Freezing`].
///
/// [`PLATFORM_PORT`]: crate::PLATFORM_PORT
/// [`Failure::Freezing`]: crate::failure::Failure::Freezing
pub const PLATFORM: &str = "/platform";

/// How the start went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Readiness {
    /// The probe was answered with 200.
    Ready {
        /// From the program's start, in milliseconds.
        after_ms: u64,
    },
    /// The program ended first.
    Ended {
        /// How.
        exit: ProgramExit,
    },
    /// Time is up.
    TimedOut {
        /// What the last probe saw.
        last_probe: String,
    },
}

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramExit {
    /// Exit code, if it exited.
    pub code: Option<i32>,
    /// Signal, if one killed it.
    pub signal: Option<i32>,
}

/// What the machine has used since its boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageReport {
    /// Processor time in milliseconds, everything but idle and waiting. A restored machine goes on counting where
    /// its snapshot stood.
    pub cpu_ms: u64,
    /// Memory in use now, without caches.
    pub memory_bytes: u64,
    /// The most memory in use at any report so far.
    pub memory_peak_bytes: u64,
    /// Processes and threads of the program.
    pub processes: u32,
}

/// One line of output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputLine {
    /// Milliseconds since the Unix epoch, by the guest's clock.
    pub at_ms: u64,
    /// `stdout`, `stderr` or `system`.
    pub source: String,
    /// The text, cut at 16 KiB.
    pub text: String,
}
