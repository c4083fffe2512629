//! What passes between a program and the outside.

use std::time::Duration;

use stdx::{ByteStream, Timestamp};

/// One HTTP request to the program, in plain data.
#[derive(Debug)]
pub struct Exchange {
    /// The method, upper case.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header fields in order; hop-by-hop fields and `Host` are the engine's business.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body's length, if known.
    pub length: Option<u64>,
    /// The body.
    pub body: ByteStream,
}

/// The program's answer.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header fields in order, without hop-by-hop fields.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, chunk by chunk as the program writes it.
    pub body: ByteStream,
}

/// Which stream a line was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSource {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The engine or the guest's own notes, such as a kernel's last words.
    System,
}

/// One line that the program wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it arrived.
    pub at: Timestamp,
    /// Where it was written.
    pub source: LogSource,
    /// The line without its end; long ones are cut.
    pub text: String,
}

/// What a sandbox has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time of everything inside.
    pub cpu: Duration,
    /// Memory in use now, without caches, in bytes.
    pub memory: u64,
    /// The most memory in use so far, in bytes.
    pub memory_peak: u64,
    /// Memory of the host that belongs to this sandbox alone, in bytes.
    pub host_private: u64,
}

/// What a sandbox costs, from the host's books: cheap to ask for, every second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// Processor time since it was started or resumed.
    pub cpu: Duration,
    /// The host's memory that it holds for itself now, in bytes.
    pub memory: u64,
}

/// How a sandbox came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was asked to.
    Stopped,
    /// It goes on in a snapshot.
    Suspended,
    /// The program exited or was killed.
    ProgramEnded {
        /// Its exit code, if it exited.
        code: Option<i32>,
        /// The signal, if one killed it.
        signal: Option<i32>,
    },
    /// It reached its wall-clock limit.
    TimedOut,
    /// The machine itself failed: died, hung or broke the protocol.
    Failed {
        /// What was seen.
        reason: String,
    },
}
