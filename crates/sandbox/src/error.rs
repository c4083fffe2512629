//! How sandboxes fail.

use crate::exchange::{Ending, LogLine};
use crate::spec::{SnapshotName, TemplateName};

/// A failure of an engine or a sandbox, with what a caller can act on.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The engine lacks something it needs on this machine. The text says what to do.
    #[error("{0}")]
    NotInstalled(String),
    /// No base image of that name.
    #[error("there is no base image {0:?}")]
    NoBase(String),
    /// The template does not exist, or is of another VMM version and must be prepared again.
    #[error("template {name} cannot be used: {reason}")]
    NoTemplate {
        /// Which one.
        name: TemplateName,
        /// Why.
        reason: String,
    },
    /// The snapshot does not exist, is not whole, or was made on another ground and cannot go on here.
    #[error("snapshot {name} cannot be used: {reason}")]
    NoSnapshot {
        /// Which one.
        name: SnapshotName,
        /// Why.
        reason: String,
    },
    /// The program did not warm up.
    #[error("the program's warm-up failed: {reason}")]
    WarmupFailed {
        /// What was seen.
        reason: String,
        /// Its last lines.
        log: Vec<LogLine>,
    },
    /// The program ended before it was ready.
    #[error("the program ended before it was ready ({ending:?})")]
    ProgramFailed {
        /// How it ended.
        ending: Ending,
        /// Its last lines.
        log: Vec<LogLine>,
    },
    /// The program did not become ready in time.
    #[error("the program was not ready within {} s", within.as_secs())]
    NotReady {
        /// The time it had.
        within: std::time::Duration,
        /// What the last probe saw.
        last_probe: String,
        /// Its last lines.
        log: Vec<LogLine>,
    },
    /// The sandbox has ended.
    #[error("the sandbox has ended ({0:?})")]
    Ended(Ending),
    /// The program did not take the request or broke off the answer.
    #[error("the program did not answer: {0}")]
    NoAnswer(String),
    /// The disk is full; whatever was begun has been removed.
    #[error("the disk is full")]
    DiskFull,
    /// The engine failed; whatever was begun has been removed.
    #[error("the sandbox engine failed: {context}")]
    Failed {
        /// In which step.
        context: String,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
}
