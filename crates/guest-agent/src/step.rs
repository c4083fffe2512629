//! The one error type: which step failed, and how.

use std::fmt;
use std::io;

/// A step that failed.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {source}")]
pub(crate) struct StepError {
    step: String,
    source: io::Error,
}

impl StepError {
    /// A step that cannot be done, for a reason of ours.
    pub(crate) fn because(step: impl fmt::Display, reason: &str) -> Self {
        Self { step: step.to_string(), source: io::Error::other(reason.to_owned()) }
    }
}

/// Says in which step something failed.
pub(crate) trait At<T> {
    /// Names the step.
    fn at(self, step: impl fmt::Display) -> Result<T, StepError>;
}

impl<T, E: Into<io::Error>> At<T> for Result<T, E> {
    fn at(self, step: impl fmt::Display) -> Result<T, StepError> {
        self.map_err(|error| StepError { step: step.to_string(), source: error.into() })
    }
}
