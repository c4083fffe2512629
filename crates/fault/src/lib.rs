//! One vocabulary of errors for every service, free of any transport.
//!
//! A [`Fault`] says what the caller gets to know and, apart from that, what only the log may hold. It becomes
//! an HTTP status and one of AWS's error names in a single place, the wire layer.

use std::error::Error;
use std::fmt;

/// What went wrong, as the caller may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is not well-formed or breaks a rule.
    Validation {
        /// Which sort of rule.
        reason: ValidationReason,
        /// One entry for each member at fault.
        fields: Vec<FieldFault>,
    },
    /// Memory's own name for a request that cannot be served as it stands.
    InvalidInput,
    /// The caller has not said who it is in a way that holds.
    Unauthorized,
    /// The caller is known and may not do this, or its signature does not hold.
    AccessDenied,
    /// The named thing does not exist.
    NotFound,
    /// The thing is in a state, or exists already, so that this cannot be done.
    Conflict,
    /// The thing is changing just now; the same call may work a moment later.
    RetryableConflict,
    /// Somebody else changed it since it was read.
    ConcurrentModification,
    /// An id that must be unique was used twice in one request.
    DuplicateId,
    /// A quota is used up (HTTP 402 in this API).
    QuotaExceeded,
    /// Too many requests in too short a time.
    Throttled,
    /// The caller's own agent failed: it did not start, crashed or answered with an error.
    RuntimeClient,
    /// A model did not answer in time.
    ModelTimeout,
    /// A model, or what its provider makes of it, failed.
    ModelFailed,
    /// Our fault.
    Internal,
    /// Not possible at the moment, through no fault of the caller.
    Unavailable,
    /// The operation is known but not built yet.
    NotImplemented,
}

/// Why a request failed validation; the names are the service model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValidationReason {
    /// The body could not be read at all.
    CannotParse,
    /// A member breaks a constraint.
    FieldValidationFailed,
    /// The client token was used before with other parameters.
    IdempotentParameterMismatch,
    /// The event belongs to another session.
    EventInOtherSession,
    /// Another resource stands in the way.
    ResourceConflict,
}

/// One member that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The member's path, such as `agentRuntimeArtifact.codeConfiguration.entryPoint[0]`.
    pub name: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

/// An error with what the caller is told and what only the log holds.
#[derive(Debug)]
pub struct Fault {
    kind: Kind,
    message: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// The result of anything that can fail with a [`Fault`].
pub type Result<T, E = Fault> = std::result::Result<T, E>;

impl Fault {
    /// A fault of this kind with a message for the caller.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), cause: None }
    }

    /// Adds what the log should hold; the caller never sees it.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The message for the caller.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// One member breaks a rule.
    pub fn field(name: impl Into<String>, message: impl Into<String>) -> Self {
        let field = FieldFault { name: name.into(), message: message.into() };
        Self::fields(vec![field])
    }

    /// Several members break rules. The message names them all.
    pub fn fields(fields: Vec<FieldFault>) -> Self {
        let message = fields
            .iter()
            .map(|field| format!("{}: {}", field.name, field.message))
            .collect::<Vec<_>>()
            .join("; ");
        Self::new(Kind::Validation { reason: ValidationReason::FieldValidationFailed, fields }, message)
    }

    /// The request is wrong in a way that no single member explains.
    pub fn invalid(reason: ValidationReason, message: impl Into<String>) -> Self {
        Self::new(Kind::Validation { reason, fields: Vec::new() }, message)
    }

    /// The named thing does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    /// State or existence stands in the way.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// Our fault; `cause` goes to the log, the caller gets a plain sentence.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Kind::Internal, "The service failed to handle the request. Its log says why.")
            .because(cause)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.kind, self.message)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_stays_out_of_the_message() {
        let fault = Fault::internal(std::io::Error::other("disk /secret/path"));
        assert!(!fault.message().contains("secret"));
        assert_eq!(fault.source().expect("a cause").to_string(), "disk /secret/path");
    }
}
