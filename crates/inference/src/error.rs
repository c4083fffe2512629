//! Why a model does not answer.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A call to a model that failed. The message is for the caller: it names no secret and no body of a request.
#[derive(Debug)]
pub struct ModelError {
    kind: ErrorKind,
    message: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong, and with it what the caller can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// No alias, provider or embedder of that name is configured; the message says how to configure it.
    NotConfigured,
    /// The request is not one that this model can serve; trying again is no use.
    Invalid,
    /// The conversation is longer than the model can read.
    ContextTooLong,
    /// The provider does not accept our credentials, or the secret cannot be read.
    AccessDenied,
    /// The provider does not know the model.
    UnknownModel,
    /// A budget of ours is used up.
    BudgetExceeded,
    /// The provider wants fewer requests.
    Throttled {
        /// How long it wants us to wait, if it said.
        retry_after: Option<Duration>,
    },
    /// No answer, or no more of one, in time.
    Timeout,
    /// The provider cannot be reached, broke off, or says that it has trouble of its own.
    Unavailable,
    /// What the provider sent is not what its format asks for.
    Malformed,
    /// The provider reported a failure of the model itself.
    Failed,
}

impl ModelError {
    /// An error of this kind with a message for the caller.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), cause: None }
    }

    /// Adds what only the log should hold.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The message for the caller.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl ErrorKind {
    /// Whether the same request may succeed a little later, here or with another provider.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Timeout | Self::Unavailable | Self::Failed | Self::Malformed => {
                true
            }
            Self::NotConfigured
            | Self::Invalid
            | Self::ContextTooLong
            | Self::AccessDenied
            | Self::UnknownModel
            | Self::BudgetExceeded => false,
        }
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for ModelError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}
