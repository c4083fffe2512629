//! Typed identifiers and ARNs. Each is parsed once, where it enters; behind that it cannot be wrong.

pub mod account;
pub mod arn;
pub mod memory;
pub mod runtime;

pub use account::{AccountId, Region};
pub use arn::{ArnError, RuntimeArn};
pub use memory::{
    ActorId, BranchName, EventId, MemoryArn, MemoryId, MemoryName, MemoryRecordId, MemorySessionId,
    Namespace, StrategyId, StrategyName,
};
pub use runtime::{
    AgentRuntimeId, AgentRuntimeName, AgentVersion, CheckpointName, EndpointName, RuntimeSessionId,
};

/// A text is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}: {rule}")]
pub struct IdError {
    /// What it should have been.
    pub what: &'static str,
    /// The rule it breaks, for people.
    pub rule: &'static str,
    /// What came, cut at 256 characters.
    pub text: String,
}

impl IdError {
    fn new(what: &'static str, rule: &'static str, text: &str) -> Self {
        Self { what, rule, text: text.chars().take(256).collect() }
    }
}

/// Defines a newtype over `String` with a parser.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses the text.
            pub fn parse(text: &str) -> Result<Self, $crate::IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::IdError::new($what, $rule, text))
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::IdError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}
pub(crate) use id;
